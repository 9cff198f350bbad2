-- ARGV: run id, status, reason. Ends the run now; whoever still works on a node of it finds its claim gone.
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
    if record then attempt = split(record)[2] end
    redis.call('HSET', run, 's:' .. key, table.concat({'C', attempt, '', '', '', '', ARGV[3]}, '|'))
    redis.call('HINCRBY', run, 'cancelled', 1)
    local spec = spec_of(m.digest, key)
    emit('node_execution', m.bot_id, spec.strategy or '', id, spec.id, now, string.format(
      '{"status":"cancelled","attempt":%d,"type":%s,"startedAt":%d,"executionTimeMs":0,"outputs":{},"truncated":false,"reason":%s,"worker":"","tweaked":false}',
      attempt, cjson.encode(spec.type), now, cjson.encode(ARGV[3])))
  end
end
close(run, id, m, ARGV[2], ARGV[3], now)
return 1
