import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { testSync } from './sync.contract.ts';

testSync('btcd', Btcd, skipWithoutNodes('btcd'));
