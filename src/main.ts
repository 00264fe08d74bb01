import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
@Module({}) class A {}
async function main() { const a = await NestFactory.create(A, new FastifyAdapter()); await a.listen(0,'127.0.0.1'); console.log(await a.getUrl()); await a.close(); }
void main();
