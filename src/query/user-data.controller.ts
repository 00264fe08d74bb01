import { Controller, Delete, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { UserErasure } from './user-erasure';

/** Answer of `DELETE /admin/users/:id/data`. */
export class ErasedDataDto {
  @ApiProperty({ description: 'Noted questions that the user asked last.' }) questions: number;
  @ApiProperty({ description: 'Cached answers to questions that the user asked.' }) cached_answers: number;
  @ApiProperty({ description: 'Documents whose ACL named the user, and does not any more.' })
  documents: number;
  @ApiProperty({ description: 'API keys that carried the principal of the user, and do not any more.' })
  api_keys: number;
}

/** Users are known by what they asked, and by the ACLs that name them. */
@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/users')
@RequireScope('admin')
export class UserDataController {
  constructor(private readonly erasure: UserErasure) {}

  @Delete(':id/data')
  @ApiOperation({
    summary: 'Erase what is kept of a user: questions, cached answers to them, principals',
    description:
      '`id` is the `user_id` of the questions. A document that only this user could read is readable by nobody afterwards.',
  })
  @ApiOkResponse({ type: ErasedDataDto })
  async erase(
    @CurrentPrincipal() { tenantId }: Principal,
    @Param('id') userId: string,
  ): Promise<ErasedDataDto> {
    const erased = await this.erasure.erase(tenantId, userId);
    return {
      questions: erased.questions,
      cached_answers: erased.cachedAnswers,
      documents: erased.documents,
      api_keys: erased.apiKeys,
    };
  }
}
