import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { CALL_METER } from '../models/call-meter';
import { ModelPrices } from '../models/model-prices';
import { LedgerCallMeter } from './ledger-call-meter';
import { SavingsTally } from './savings-tally';
import { UsageController } from './usage.controller';
import { UsageLedger } from './usage-ledger';

/** The usage ledger of all tenants. Global, because the language models write to it without importing it. */
@Global()
@Module({
  controllers: [UsageController],
  providers: [
    {
      provide: ModelPrices,
      inject: [AppConfig],
      useFactory: ({ prices }: AppConfig) => new ModelPrices(prices),
    },
    UsageLedger,
    SavingsTally,
    { provide: CALL_METER, useClass: LedgerCallMeter },
  ],
  exports: [ModelPrices, CALL_METER, SavingsTally],
})
export class UsageModule {}
