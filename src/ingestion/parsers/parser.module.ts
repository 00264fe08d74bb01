import { Module } from '@nestjs/common';
import { ParserPool } from './parser-pool';

/** The parsers' threads, of which there is one pool per process. */
@Module({ providers: [ParserPool], exports: [ParserPool] })
export class ParserModule {}
