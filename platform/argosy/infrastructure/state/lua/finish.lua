-- ARGV: 1 run id, 2 key, 3 token, 4 owner, 5 code, 6 branch, 7 execution ms, 8 reason, 9 worker, 10 data,
-- 11 outputs, 12 retry in ms or '', 13 consequence for the run, 14 opportunities, 15 actions, 16 inline wanted,
-- 17 n events, then type, timestamp, data of each
-- 13 is '1' for a failure that fails the run, the code of a stop (deadline, SHUTDOWN) that fails the run, else ''.
local id, key, token = ARGV[1], ARGV[2], ARGV[3]
local run = run_key(id)
local now = now_ms()
local head = redis.call('HMGET', run, 'meta', 's:' .. key, 'status')
if not head[1] or head[3] ~= 'running' then return {'lost'} end
local record = head[2]
local r = record and split(record)
if not r or r[1] ~= 'R' or r[4] ~= token then return {'lost'} end
local m = cjson.decode(head[1])
local spec = spec_of(m.digest, key)
local strategy = spec.strategy or ''
for i = 1, tonumber(ARGV[17]) do
  emit(ARGV[15 + 3 * i], m.bot_id, strategy, id, spec.id, ARGV[16 + 3 * i], ARGV[17 + 3 * i])
end
emit('node_execution', m.bot_id, strategy, id, spec.id, now, ARGV[10])
redis.call('ZADD', P .. 'runs:active', now, id)
if tonumber(ARGV[14]) > 0 then redis.call('HINCRBY', run, 'opportunities', ARGV[14]) end
if tonumber(ARGV[15]) > 0 then redis.call('HINCRBY', run, 'actions', ARGV[15]) end
if ARGV[12] ~= '' then
  local due = now + tonumber(ARGV[12])
  redis.call('HSET', run, 's:' .. key, table.concat({'W', r[2], due, ARGV[8]}, '|'))
  delay(run, id, key, spec, due)
  return {'ok', 0}
end
local final = table.concat({ARGV[5], r[2], ARGV[6], r[6], ARGV[7], ARGV[9], ARGV[8]}, '|')
if ARGV[11] ~= '' then
  redis.call('HSET', run, 's:' .. key, final, 'o:' .. key, ARGV[11])
else
  redis.call('HSET', run, 's:' .. key, final)
end
local names = {S = 'success', F = 'failed', K = 'skipped', C = 'cancelled'}
redis.call('HINCRBY', run, names[ARGV[5]], 1)
if ARGV[5] == 'F' and ARGV[13] == '1' then redis.call('HSETNX', run, 'broken', key) end
if ARGV[5] == 'C' and ARGV[13] == '' then redis.call('HSETNX', run, 'refused', ARGV[8]) end
if ARGV[5] == 'C' and ARGV[13] ~= '' and redis.call('HSETNX', run, 'stopped', ARGV[8]) == 1 then
  emit('alarm', m.bot_id, '', id, '', now, cjson.encode({code = ARGV[13], message = 'run ' .. id .. ': ' .. ARGV[8]}))
end
local inline = nil
for _, s in ipairs(spec.next) do
  local done = 1
  if s[2] > 1 then done = redis.call('HINCRBY', run, 'n:' .. s[1], 1) end
  if done == s[2] then
    if ARGV[16] == '1' and spec.fused == s[1] then
      inline = s[1]
    else
      enqueue(run, id, s[1], s[3], s[4], now)
    end
  end
end
if redis.call('HINCRBY', run, 'left', -1) == 0 then
  local ends = redis.call('HMGET', run, 'cancel', 'cancel_as', 'stopped', 'broken', 'refused')
  if ends[1] then
    close(run, id, m, ends[2] or 'cancelled', ends[1], now)
  elseif ends[3] then
    close(run, id, m, 'failed', ends[3], now)
  elseif ends[4] then
    close(run, id, m, 'failed', 'node ' .. ends[4] .. ' failed', now)
  elseif ends[5] then
    close(run, id, m, 'cancelled', ends[5], now)
  else
    close(run, id, m, 'success', '', now)
  end
  return {'ok', 1}
end
if inline then return {'ok', 0, begin(id, inline, token, ARGV[4], now)} end
return {'ok', 0}
