-- Shared by every script: keys, time, messages, events, joins, closing.
-- KEYS[1] is the prefix ("argosy:"); all state lives in one Redis, so keys are derived from it.
local P = KEYS[1]

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function run_key(id) return P .. 'run:' .. id end

local function split(text)
  local parts = {}
  for part in string.gmatch(text .. '|', '([^|]*)|') do parts[#parts + 1] = part end
  return parts
end

-- A node's record: "R|attempt|owner|token|expiry|started|lost" while running, "W|attempt|due|why" while it
-- waits for its next attempt, "<S|F|K|C>|attempt|branch|started|execution ms|worker|reason" when final.
local function is_final(record)
  if not record then return false end
  local c = string.sub(record, 1, 1)
  return c == 'S' or c == 'F' or c == 'K' or c == 'C'
end

local function replace(text, mark, value)
  local from, to = string.find(text, mark, 1, true)
  while from do
    text = string.sub(text, 1, from - 1) .. value .. string.sub(text, to + 1)
    from, to = string.find(text, mark, from + #value, true)
  end
  return text
end

-- The broker's envelope for one node: rendered from the run's template, unique by its delivery tag, which ends with
-- the time from which it is (or may be) in the queue.
local function message(run, id, key, queue, limit, at)
  local n = redis.call('HINCRBY', run, 'seq', 1)
  local text = redis.call('HGET', run, 'template')
  text = replace(text, '@@KEY@@', key)
  text = replace(text, '@@QUEUE@@', queue)
  text = replace(text, '@@LIMIT@@', limit or 'null')
  return replace(text, '@@TAG@@', string.format('%s.%d.%d', id, n, at))
end

-- "q:<key>" is the latest time at which the node's newest message was put into its queue.
local function enqueue(run, id, key, queue, limit, now)
  redis.call('LPUSH', queue, message(run, id, key, queue, limit, now))
  redis.call('HSET', run, 'q:' .. key, now)
end

-- A delayed message. Workers move it into its queue within PUMPED_MS after its time; later it counts as lost.
local PUMPED_MS = 5000
local function delay(run, id, key, spec, at)
  redis.call('ZADD', P .. 'delayed', at, spec.queue .. '\n' .. message(run, id, key, spec.queue, spec.limit, at))
  redis.call('HSET', run, 'q:' .. key, at + PUMPED_MS)
end

-- A claim lasts this much longer than the node's time limit; plan.py adds it.
local CLAIM_GRACE_MS = 5000

local function emit(t, b, s, r, n, ts, d)
  return redis.call('XADD', P .. 'events', '*', 't', t, 'b', b, 's', s, 'r', r, 'n', n, 'ts', ts, 'd', d)
end

-- Heartbeats. "alive:<owner>" is "written|valid ms|" and the tokens that the process works on, each followed by "|".
-- "silent:<owner>": another process of the machine has found the process alive, but without a heartbeat.
-- "pulse": time of the newest heartbeat of any process, time of the first one after a gap, and validity of one in ms.
local function heartbeat_of(owner, now)
  local raw = redis.call('GET', P .. 'alive:' .. owner)
  if not raw then return nil end
  local at, ttl, tokens = string.match(raw, '^(%d+)|(%d+)(|.*)$')
  if not at then return '' end
  -- Written in the future: the server's clock was set back, and the key would outlive its process.
  if tonumber(at) > now + tonumber(ttl) then return nil end
  return tokens
end

-- True if no heartbeat could arrive for a while: the server was unreachable, refused writes, or its clock jumped. No
-- process counts as dead before every process has had the time for one more heartbeat.
local function heartbeats_missing(now)
  local p = redis.call('HMGET', P .. 'pulse', 'last', 'since', 'ttl')
  if not p[1] then return false end
  local last, since, ttl = tonumber(p[1]), tonumber(p[2] or '0'), tonumber(p[3])
  return math.abs(now - last) > ttl / 2 or (now >= since and now < since + ttl)
end

-- True for a process without a heartbeat that its own machine has not checked yet: it may hang or have ended. The next
-- sweep there marks or removes it. If the whole machine is gone, no sweep comes, and this state times out.
local function is_doubtful(owner, now)
  local heard = tonumber(redis.call('ZSCORE', P .. 'workers', owner) or nil)
  if not heard or redis.call('EXISTS', P .. 'worker:' .. owner) == 0 then return false end
  local p = redis.call('HMGET', P .. 'pulse', 'ttl', 'since')
  local ttl, since = tonumber(p[1] or '0'), tonumber(p[2] or '0')
  if since <= now and since > heard then heard = since end  -- no check was possible before heartbeats arrived again
  return now > heard - ttl and now < heard + 3 * ttl
end

local function is_alive(owner, now)
  return heartbeat_of(owner, now) ~= nil or redis.call('EXISTS', P .. 'silent:' .. owner) == 1
    or heartbeats_missing(now) or is_doubtful(owner, now)
end

-- True if a claim ("R|attempt|owner|token|expiry|started|lost", split) still belongs to its owner.
local function is_held(r, now)
  local tokens = heartbeat_of(r[3], now)
  if tokens then
    return now < tonumber(r[5]) or string.find(tokens, '|' .. r[4] .. '|', 1, true) ~= nil
  end
  return is_alive(r[3], now)
end

local function spec_of(digest, key)
  local raw = redis.call('HGET', P .. 'plan:' .. digest, 'n:' .. key)
  if not raw then return nil end
  return cjson.decode(raw)
end

local function close(run, id, m, status, reason, now)
  local c = redis.call('HMGET', run, 'success', 'failed', 'skipped', 'cancelled', 'opportunities', 'actions', 'ttl')
  local counts = string.format('{"success":%d,"failed":%d,"skipped":%d,"cancelled":%d}',
    c[1] or 0, c[2] or 0, c[3] or 0, c[4] or 0)
  local why = 'null'
  if reason and reason ~= '' then why = cjson.encode(reason) end
  redis.call('HSET', run, 'status', status, 'finished', now, 'reason', reason or '')
  redis.call('ZREM', P .. 'runs:active', id)
  local lock = P .. 'lock:bot:' .. m.bot_id
  if redis.call('GET', lock) == id then redis.call('DEL', lock) end
  redis.call('EXPIRE', run, tonumber(c[7]))
  emit('run_finished', m.bot_id, '', id, '', now, string.format(
    '{"status":"%s","reason":%s,"correlationId":%s,"startedAt":%d,"durationMs":%d,"counts":%s,"opportunities":%d,"actions":%d}',
    status, why, cjson.encode(m.correlation_id), m.started_ms, now - m.started_ms, counts, c[5] or 0, c[6] or 0))
end

-- Claims a node and collects everything that its execution reads.
-- Returns {'run', meta, key, token, attempt, lost, overran, cancel, n flags, scope, value…, tweaks, source key, record,
-- outputs…}. `overran`: the process that held the node hung past the node's time limit before it ended.
local function begin(id, key, token, owner, now)
  local run = run_key(id)
  local head = redis.call('HMGET', run, 'meta', 'status', 's:' .. key, 'cancel')
  local meta = head[1]
  if not meta then return {'gone'} end
  local record = head[3]
  if is_final(record) then return {'settled', meta} end
  if head[2] ~= 'running' then return {'closed', meta} end
  local m = cjson.decode(meta)
  local spec = spec_of(m.digest, key)
  if not spec then return {'gone'} end
  local attempt, lost, overran = 1, 0, 0
  if record then
    local r = split(record)
    attempt = tonumber(r[2])
    if r[1] == 'R' then
      if r[4] ~= token then
        if is_held(r, now) then
          delay(run, id, key, spec, now + 1000)
          return {'busy', meta}
        end
        lost = tonumber(r[7]) + 1
        local stood = redis.call('GET', P .. 'stuck:' .. r[3])
        if stood and tonumber(stood) >= tonumber(r[6]) + spec.claim - CLAIM_GRACE_MS then overran = 1 end
      else
        lost = tonumber(r[7])
      end
    else
      attempt = attempt + 1
    end
  end
  redis.call('HSET', run, 's:' .. key,
    table.concat({'R', attempt, owner, token, now + spec.claim, now, lost}, '|'))
  redis.call('ZADD', P .. 'runs:active', now, id)
  if spec.announce then
    emit('node_execution', m.bot_id, spec.strategy or '', id, spec.id, now, string.format(
      '{"status":"running","attempt":%d,"type":%s,"startedAt":%d,"worker":%s}',
      attempt, cjson.encode(spec.type), now, cjson.encode(owner)))
  end
  local reply = {'run', meta, key, token, attempt, lost, overran, head[4] or false}
  local scopes = {'platform', 'domain:' .. m.domain, 'bot:' .. m.bot_id}
  if spec.strategy then scopes[4] = 'strategy:' .. m.bot_id .. '/' .. spec.strategy end
  local flag_keys = {}
  for i, scope in ipairs(scopes) do flag_keys[i] = P .. 'flag:' .. scope end
  local flags = redis.call('MGET', unpack(flag_keys))
  reply[#reply + 1] = #scopes
  for i, scope in ipairs(scopes) do
    reply[#reply + 1] = scope
    reply[#reply + 1] = flags[i]
  end
  reply[#reply + 1] = redis.call('HGET', P .. 'tweak:' .. m.bot_id .. ':' .. (spec.strategy or '-'), spec.id)
  if #spec.sources > 0 then
    local fields = {}
    for _, source in ipairs(spec.sources) do
      fields[#fields + 1] = 's:' .. source
      fields[#fields + 1] = 'o:' .. source
    end
    local values = redis.call('HMGET', run, unpack(fields))
    for i, source in ipairs(spec.sources) do
      reply[#reply + 1] = source
      reply[#reply + 1] = values[2 * i - 1]
      reply[#reply + 1] = values[2 * i]
    end
  end
  return reply
end
