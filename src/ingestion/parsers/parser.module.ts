import { Module } from '@nestjs/common';
import { ParserPool } from './parser-pool';

/** The pool of parser processes, one per service process. */
@Module({ providers: [ParserPool], exports: [ParserPool] })
export class ParserModule {}
