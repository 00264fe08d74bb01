import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { dataSourceOptions, openDataSource } from './data-source';
import { CLOCK, type Clock } from '../common/clock';
import { DeploymentSecret } from './deployment-secret';
import { DatabaseReads } from './database-reads';
import { DatabaseHealth } from './database-health';
import { PoolGauge } from './pool-gauge';
import { ReadReplicas } from './read-replicas';
import { TableMaintenance } from './table-maintenance';

/** Injection token of the connection string in use: a server's, or that of the embedded database. */
export const DATABASE_URL_IN_USE = Symbol('DatabaseUrlInUse');

/** The one DataSource. The database itself is opened before the application and closed after it. */
@Global()
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [AppConfig],
          useFactory: (config: AppConfig) => ({
            ...dataSourceOptions(url, config),
            autoLoadEntities: true,
            retryAttempts: 20,
            retryDelay: 1500,
          }),
          dataSourceFactory: (options) => openDataSource(options!),
        }),
      ],
      providers: [
        { provide: DATABASE_URL_IN_USE, useValue: url },
        {
          provide: DatabaseReads,
          inject: [AppConfig, CLOCK],
          useFactory: (config: AppConfig, clock: Clock) => new DatabaseReads(config, clock),
        },
        {
          provide: TableMaintenance,
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => {
            const logger = new Logger(TableMaintenance.name);
            return new TableMaintenance(
              (statement) => dataSource.query(statement),
              (error) => logger.warn(`${error.message}: ${describeError(error.cause)}`),
            );
          },
        },
        {
          provide: DeploymentSecret,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => DeploymentSecret.read(dataSource),
        },
        DatabaseHealth,
        PoolGauge,
        ReadReplicas,
      ],
      exports: [DATABASE_URL_IN_USE, DatabaseReads, DeploymentSecret, ReadReplicas, TableMaintenance],
    };
  }
}
