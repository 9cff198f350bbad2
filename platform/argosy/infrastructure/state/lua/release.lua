-- ARGV: run id, key, token, reason. Returns a node that this process cannot run; the attempt does not count.
-- Returns the delay in ms, -1 if the claim is lost. Every second time the node is enqueued at once, for another waiting
-- worker. In between, the delay doubles from 1 s to 30 s.
local id, key = ARGV[1], ARGV[2]
local run = run_key(id)
local now = now_ms()
local head = redis.call('HMGET', run, 'meta', 's:' .. key, 'status')
local r = head[2] and split(head[2])
if not head[1] or head[3] ~= 'running' or not r or r[1] ~= 'R' or r[4] ~= ARGV[3] then return -1 end
local m = cjson.decode(head[1])
local spec = spec_of(m.digest, key)
local n = redis.call('HINCRBY', run, 'h:' .. key, 1)
local wait = 0
if n % 2 == 0 then wait = math.min(1000 * 2 ^ (n / 2 - 1), 30000) end
redis.call('HSET', run, 'unknown', ARGV[4], 's:' .. key,
  table.concat({'W', tonumber(r[2]) - 1, now + wait, ARGV[4]}, '|'))
redis.call('ZADD', P .. 'runs:active', now, id)
if wait == 0 then
  enqueue(run, id, key, spec.queue, spec.limit, now)
else
  delay(run, id, key, spec, now + wait)
end
return wait
