// @ts-check
import { describeValues } from './values/cases.js';
import { describeReferences } from './values/references.js';

describeValues('as they are');
describeReferences('as they are');
