// @ts-check
import '@endo/init';
import { describeValues } from './values/cases.js';
import { describeReferences } from './values/references.js';

describeValues('under lockdown');
describeReferences('under lockdown');
