-- ARGV: id, meta JSON, template, exclusive, node count, ttl s, run_started data JSON, n heads, then key, queue,
-- hard time limit ('null' for none) of each
local id, meta, exclusive = ARGV[1], ARGV[2], ARGV[4] == '1'
local run = run_key(id)
local m = cjson.decode(meta)
local now = now_ms()
if redis.call('EXISTS', run) == 1 then return {'duplicate', id} end
if redis.call('EXISTS', P .. 'plan:' .. m.digest) == 0 then return {'noplan'} end
local lock = P .. 'lock:bot:' .. m.bot_id
if exclusive then
  local holder = redis.call('GET', lock)
  if holder and redis.call('HGET', run_key(holder), 'status') == 'running' then
    return {'overlap', holder}
  end
  redis.call('SET', lock, id)
end
redis.call('HSET', run, 'meta', meta, 'template', ARGV[3], 'status', 'running', 'left', ARGV[5], 'ttl', ARGV[6])
-- A run without an end must not stay forever: the sweep ends it long before this.
redis.call('PEXPIRE', run, math.max(m.deadline_ms - now, 0) + 86400000)
redis.call('EXPIRE', P .. 'plan:' .. m.digest, 604800)
redis.call('ZADD', P .. 'runs:active', now, id)
emit('run_started', m.bot_id, '', id, '', now, ARGV[7])
local n = tonumber(ARGV[8])
for i = 1, n do enqueue(run, id, ARGV[6 + 3 * i], ARGV[7 + 3 * i], ARGV[8 + 3 * i], now) end
return {'ok'}
