-- KEYS[1] the breaker's hash, KEYS[2] the set of all names
-- ARGV: now ms or "", operation, name, epoch, token, failures, window, open, open max, probe (all ms)
-- Fields: s state, e epoch, f failures in a row, l last failure, u open until, o open for, p probe, x end of probe
-- Returns {granted, changed, state, epoch, failures, ms until calls are allowed}
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local key, operation, token = KEYS[1], ARGV[2], ARGV[5]
local raw = redis.call('HMGET', key, 's', 'e', 'f', 'l', 'u', 'o', 'p', 'x')
local b = {
  s = raw[1] or 'closed', e = tonumber(raw[2]) or 0, f = tonumber(raw[3]) or 0, l = tonumber(raw[4]) or 0,
  u = tonumber(raw[5]) or 0, o = tonumber(raw[6]) or 0, p = raw[7] or '', x = tonumber(raw[8]) or 0,
}
local granted, changed, dirty = 0, 0, false
-- An end later than the policy allows was set before the clock was set back.
if b.s == 'open' and b.u - now > b.o then b.u, dirty = now + b.o, true end
if b.s == 'half_open' and b.x - now > tonumber(ARGV[10]) then b.x, dirty = now + tonumber(ARGV[10]), true end

local function move(state)
  b.s, b.e, b.p = state, b.e + 1, ''
  changed, dirty = 1, true
end

local probe = b.s == 'half_open' and token ~= '' and token == b.p
local current = b.s == 'closed' and tonumber(ARGV[4]) == b.e

if operation == 'enter' then
  if not raw[1] then dirty = true end
  if b.s == 'closed' then
    granted = 1
  elseif b.s == 'open' and now >= b.u then
    move('half_open')
    granted = 1
  elseif b.s == 'half_open' and (b.p == '' or b.p == token or now >= b.x) then
    granted = 1
  end
  if granted == 1 and b.s == 'half_open' then
    b.p, b.x, dirty = token, now + tonumber(ARGV[10]), true
  end
elseif operation == 'success' then
  if probe then
    move('closed')
    b.f = 0
  elseif current then
    b.f, dirty = 0, true
  end
elseif operation == 'failure' then
  if probe then
    b.f = b.f + 1
    b.o = math.min(b.o * 2, tonumber(ARGV[9]))
    move('open')
    b.u = now + b.o
  elseif current then
    if now - b.l > tonumber(ARGV[7]) then b.f = 0 end
    b.f, b.l, b.o, dirty = b.f + 1, now, tonumber(ARGV[8]), true
    if b.f >= tonumber(ARGV[6]) then
      move('open')
      b.u = now + b.o
    end
  end
elseif operation == 'release' then
  if probe then b.p, dirty = '', true end
elseif operation == 'reset' then
  if b.s ~= 'closed' then move('closed') end
  b.f, dirty = 0, true
end

if dirty then
  redis.call('SADD', KEYS[2], ARGV[3])
  local function ms(value) return string.format('%.3f', value) end
  redis.call('HSET', key, 's', b.s, 'e', b.e, 'f', b.f, 'l', ms(b.l), 'u', ms(b.u), 'o', ms(b.o), 'p', b.p,
    'x', ms(b.x))
end
local left = 0
if b.s == 'open' then left = b.u - now elseif b.s == 'half_open' then left = b.x - now end
return {granted, changed, b.s, b.e, b.f, math.ceil(math.max(0, left))}
