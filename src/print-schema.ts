/** Prints the GraphQL schema, sorted, from the resolvers alone: no database, no network. `scripts/schema.mjs` keeps schema.graphql by it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { ROOMS, SCHEMA_OPTIONS } from './app.module.js';

const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false, abortOnError: false });
const schema = await app.get(GraphQLSchemaFactory).create(ROOMS.flatMap(resolversOf), SCHEMA_OPTIONS);
process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);

/** By name, as everywhere in the house: Nest's own mark on a resolver is not public. */
function resolversOf(room: Type): Type[] {
  const providers = (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, room) ?? []) as readonly Type[];
  return providers.filter((provider) => provider.name.endsWith('Resolver'));
}
