#!/usr/bin/env node
// The program `emisar` on a host. What it does is dist/emisar.js's; how it is started is launch.js's.
import { launch } from './launch.js';

await launch('emisar');
