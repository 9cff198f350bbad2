-- ARGV: run id. Enqueues every ready node that no living worker holds and whose message is lost.
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

-- Queues are first in, first out: a message is gone if the queue's oldest message is younger. A message without a
-- readable age may be older. Messages restored by the broker are older, and go first.
local oldest = {}
local function may_wait(queue, at)
  if oldest[queue] == nil then
    local text = redis.call('LINDEX', queue, -1)
    oldest[queue] = text and (tonumber(string.match(text, '"delivery_tag":%s*"[^"]*%.(%d+)"')) or 0)
  end
  return oldest[queue] and oldest[queue] <= at
end

local keys = cjson.decode(redis.call('HGET', P .. 'plan:' .. m.digest, 'keys') or '[]')
for _, key in ipairs(keys) do
  local spec = spec_of(m.digest, key)
  local state = redis.call('HMGET', run, 's:' .. key, 'q:' .. key)
  local record, queued = state[1], tonumber(state[2] or nil)
  local ready = not record
  if record and not is_final(record) then
    local r = split(record)
    if r[1] == 'R' then
      ready = not is_held(r, now)
      -- A message enqueued before the claim is the claimed message itself.
      if queued and queued <= tonumber(r[6]) then queued = nil end
    else
      ready = now >= tonumber(r[3]) + PUMPED_MS
    end
  end
  if ready and not record and spec.indegree > 0 then
    local done = 0
    for _, before in ipairs(spec.before) do
      if is_final(redis.call('HGET', run, 's:' .. before)) then done = done + 1 end
    end
    ready = done == spec.indegree
  end
  if ready and not (queued and may_wait(spec.queue, queued)) then
    enqueue(run, id, key, spec.queue, spec.limit, now)
    revived[#revived + 1] = key
  end
end
redis.call('ZADD', P .. 'runs:active', now, id)
return revived
