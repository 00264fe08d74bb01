import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Equals,
  IsBoolean,
  IsOptional,
  IsString,
  MaxLength,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { type ChatMessage, IsConversation } from './chat-messages';

class StreamOptionsDto {
  @ApiProperty({ required: false, description: 'Send a last chunk with the usage.' })
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean;
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
const isTextFormat = (value: unknown) => (value as { type?: unknown } | null)?.type === 'text';

/**
 * Body of `POST /v1/chat/completions`, as OpenAI defines it. Parameters that ask for something other than one text are refused. All
 * others are ignored, because many clients send them by default; the service's configuration determines how answers are
 * written.
 */
export class ChatCompletionsDto {
  @ApiProperty({ description: 'The collection.', example: 'default' })
  @IsString()
  @MaxLength(128)
  model: string;

  @ApiProperty({
    type: [Object],
    description:
      'The last message is the question; earlier ones of user and assistant are its history. `system` has no effect.',
    example: [{ role: 'user', content: 'How long do customers have to return an item?' }],
  })
  @IsConversation()
  messages: ChatMessage[];

  @ApiProperty({ required: false })
  @IsOptional()
  @IsBoolean()
  stream?: boolean;

  @ApiProperty({ required: false })
  @IsOptional()
  @ValidateNested()
  @Type(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto;

  @ApiProperty({ required: false, description: 'The user; documents with an ACL are read as `user:<user>`.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user?: string;

  @ApiProperty({ required: false, enum: [1] })
  @IsOptional()
  @Equals(1, { message: 'n must be 1: several answers are not supported' })
  n?: number;

  @IsOptional()
  @IsOnly(isEmpty, 'is not supported: this service calls no tools')
  tools?: unknown;

  @IsOptional()
  @IsOnly(isEmpty, 'is not supported: this service calls no functions')
  functions?: unknown;

  @IsOptional()
  @IsOnly(isTextFormat, 'must be of type text: answers are text with citations')
  response_format?: unknown;

  @IsOptional()
  @Equals(false, { message: 'logprobs must be false: they are not supported' })
  logprobs?: boolean;
}

function IsOnly(isAllowed: (value: unknown) => boolean, problem: string): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isOnly',
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: isAllowed, defaultMessage: () => `$property ${problem}` },
    });
}
