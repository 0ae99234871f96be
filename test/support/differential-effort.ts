/**
 * How much the tests do that compare the rules with other implementations of them. HEADLIGHT_DIFFERENTIAL_SEEDS=100 makes them
 * walk a hundred random trees of each kind, and leave nothing out, which takes longer than every run of all tests should.
 */
export const SEEDS: number = Number(process.env['HEADLIGHT_DIFFERENTIAL_SEEDS'] ?? 1);

export const IS_THOROUGH: boolean = SEEDS > 1;
