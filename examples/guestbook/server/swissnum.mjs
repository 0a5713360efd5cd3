// @ts-check
import { randomBytes } from 'node:crypto';

/** A name that nobody guesses. */
export const newSwissnum = () => randomBytes(24).toString('base64url');
