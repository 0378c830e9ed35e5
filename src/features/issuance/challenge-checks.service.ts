import { Inject, Injectable } from '@nestjs/common';
import type { IssuerManifest } from '../../adapters/issuers/issuer.js';
import { FILE_LOOKER, type FileLooker } from '../../adapters/network/file-looker.js';
import { ok, type Result } from '../../values/result.js';
import { outlookOf, type Outlook } from '../orders/challenge-check.js';
import type { ChallengeFile, Order } from '../orders/order.js';
import { ChallengeFiles } from './challenge-files.service.js';

/** RFC 8555 8.3. */
const HTTP_PORT = 80;

/** Looks for an order's files as its CA will. */
@Injectable()
export class ChallengeChecks {
  constructor(
    @Inject(FILE_LOOKER) private readonly looker: FileLooker,
    private readonly files: ChallengeFiles,
  ) {}

  async look(order: Order, open: readonly ChallengeFile[], issuer: IssuerManifest): Promise<Result<Outlook>> {
    const first = await this.outlook(order, open, issuer);
    if (first.problem === undefined || first.check.looks > 1) return ok(first);
    // Somebody may have taken it away since; laying it twice is fine.
    const laid = await this.files.layDown(order, open);
    return laid.ok ? ok(await this.outlook(order, open, issuer)) : laid;
  }

  private async outlook({ check }: Order, open: readonly ChallengeFile[], { validationPort }: IssuerManifest): Promise<Outlook> {
    const sightings = await this.looker.look(open, validationPort ?? HTTP_PORT);
    const challengeIds = open.map(({ id }) => id);
    return outlookOf(check, challengeIds, sightings, { seesAsWeDo: validationPort !== undefined });
  }
}
