-- ARGV: run id. Enqueues every node that is ready and that no living worker holds. A message that is still in a
-- queue makes a second delivery, which is harmless.
local id = ARGV[1]
local run = run_key(id)
local head = redis.call('HMGET', run, 'meta', 'status')
if not head[1] or head[2] ~= 'running' then
  redis.call('ZREM', P .. 'runs:active', id)
  return {}
end
local m = cjson.decode(head[1])
local now = now_ms()
local revived = {}
local keys = cjson.decode(redis.call('HGET', P .. 'plan:' .. m.digest, 'keys') or '[]')
for _, key in ipairs(keys) do
  local spec = spec_of(m.digest, key)
  local record = redis.call('HGET', run, 's:' .. key)
  local ready = not record
  if record and not is_final(record) then
    local r = split(record)
    if r[1] == 'R' then
      ready = now >= tonumber(r[5]) or not alive(r[3])
    else
      ready = now >= tonumber(r[3]) + 5000
    end
  end
  if ready and not record and spec.indegree > 0 then
    local done = 0
    for _, before in ipairs(spec.before) do
      if is_final(redis.call('HGET', run, 's:' .. before)) then done = done + 1 end
    end
    ready = done == spec.indegree
  end
  if ready then
    enqueue(run, id, key, spec.queue, spec.limit)
    revived[#revived + 1] = key
  end
end
redis.call('ZADD', P .. 'runs:active', now, id)
return revived
