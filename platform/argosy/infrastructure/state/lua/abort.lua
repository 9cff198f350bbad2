-- ARGV: run id, status, reason. Ends the run now; a process that still works on one of its nodes loses the claim.
local id = ARGV[1]
local run = run_key(id)
local head = redis.call('HMGET', run, 'meta', 'status')
if not head[1] or head[2] ~= 'running' then
  redis.call('ZREM', P .. 'runs:active', id)
  return 0
end
local m = cjson.decode(head[1])
local now = now_ms()
local keys = cjson.decode(redis.call('HGET', P .. 'plan:' .. m.digest, 'keys') or '[]')
for _, key in ipairs(keys) do
  local record = redis.call('HGET', run, 's:' .. key)
  if not is_final(record) then
    local attempt = 0
    if record then attempt = tonumber(split(record)[2]) end
    local code, status, reason, problem = 'C', 'cancelled', ARGV[3], ''
    -- Every process that took the node has returned it: no worker knows its type.
    if redis.call('HEXISTS', run, 'h:' .. key) == 1 and attempt == 0 then
      code, status, reason = 'F', 'failed', redis.call('HGET', run, 'unknown')
      problem = ',"error":' .. cjson.encode({code = 'unknown_node_type', message = reason})
    end
    redis.call('HSET', run, 's:' .. key, table.concat({code, attempt, '', '', '', '', reason}, '|'))
    redis.call('HINCRBY', run, status, 1)
    local spec = spec_of(m.digest, key)
    emit('node_execution', m.bot_id, spec.strategy or '', id, spec.id, now, string.format(
      '{"status":"%s","attempt":%d,"type":%s,"startedAt":%d,"executionTimeMs":0,"outputs":{},"truncated":false,"reason":%s,"worker":"","tweaked":false%s}',
      status, attempt, cjson.encode(spec.type), now, cjson.encode(reason), problem))
  end
end
close(run, id, m, ARGV[2], ARGV[3], now)
return 1
