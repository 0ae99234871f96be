/** `headlight/filters`: compact block filters, built, matched and judged, without any I/O (BIP 157, BIP 158). */

export { buildBasicFilter, filterElements, isInFilters } from './basic-filter.ts';
export { filterHash, filterHeader, NO_FILTER_HEADER } from './filter-header.ts';
export { type FilterMatch, FilterMatcher } from './filter-matcher.ts';
export { type FilterJudgement, judgeFilter } from './judge-filter.ts';
export { BASIC_FILTER_TYPE } from '../wire/messages/compact-filters.ts';
