/**
 * Loaded before each test file: programs that a test spawns do not measure coverage, since those that are killed leave
 * broken reports behind, which would spoil the whole run's. The test file's own measuring has begun already.
 */
delete process.env.NODE_V8_COVERAGE;
