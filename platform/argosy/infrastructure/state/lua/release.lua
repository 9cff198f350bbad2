-- ARGV: run id, key, token, reason. Hands a node back that this process cannot run; returns the delay in ms, 0 when the
-- claim is lost. The attempt does not count; the delay doubles from 1 s to 30 s.
local id, key = ARGV[1], ARGV[2]
local run = run_key(id)
local now = now_ms()
local head = redis.call('HMGET', run, 'meta', 's:' .. key, 'status')
local r = head[2] and split(head[2])
if not head[1] or head[3] ~= 'running' or not r or r[1] ~= 'R' or r[4] ~= ARGV[3] then return 0 end
local m = cjson.decode(head[1])
local spec = spec_of(m.digest, key)
local n = redis.call('HINCRBY', run, 'h:' .. key, 1)
local wait = math.min(1000 * 2 ^ (n - 1), 30000)
redis.call('HSET', run, 'unknown', ARGV[4], 's:' .. key,
  table.concat({'W', tonumber(r[2]) - 1, now + wait, ARGV[4]}, '|'))
redis.call('ZADD', P .. 'runs:active', now, id)
delay(run, id, key, spec, now + wait)
return wait
