-- ARGV: owner
if is_alive(ARGV[1], now_ms()) then return 1 end
return 0
