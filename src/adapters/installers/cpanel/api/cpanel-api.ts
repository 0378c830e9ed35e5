/** What is asked of a cPanel server, the same for an administrator's token and an account's. Every call: SERVER_UNREACHABLE, SERVER_REFUSED. */
import type { CertificateName } from '../../../../values/hostname.js';
import type { Result } from '../../../../values/result.js';
import type { Material, ShownWebsite, Website } from '../website.js';
import type { Parameters } from './api-session.js';

export interface CpanelApi {
  /** Of cPanel, as far as the token may know it. */
  version(): Promise<Result<string>>;
  /** All websites with a certificate. */
  shown(): Promise<Result<readonly ShownWebsite[]>>;
  /** The websites of those names that are hosted here. */
  websitesOf(names: readonly CertificateName[]): Promise<Result<ReadonlyMap<CertificateName, Website>>>;
  /** What is installed; undefined where nothing is. */
  material(website: Pick<Website, 'servername' | 'user'>): Promise<Result<Material | undefined>>;
  /** Apache shows it after a restart in the background. */
  install(website: Pick<Website, 'servername' | 'user'>, material: Material): Promise<Result<void>>;
  remove(website: Pick<Website, 'servername' | 'user'>): Promise<Result<void>>;
  /** UAPI as that account: `Fileman`, `save_file_content`. */
  uapi(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>>;
  /** cPanel API 2 as that account, for what UAPI cannot do. */
  api2(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>>;
}
