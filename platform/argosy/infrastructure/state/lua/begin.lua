-- ARGV: run id, node key, token, owner
return begin(ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms())
