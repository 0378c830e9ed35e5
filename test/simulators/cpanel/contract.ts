/**
 * What cPanel's pages say of each call that the simulator knows, in our words: its parameters and the fields of its answer. A call, a
 * parameter or a field that is not in here is refused. What the pages leave open is in `assumes`, and in docs/divergences.md.
 */
export type Call = {
  /** Where it was read, in the version for 11.137 or 11.138. */
  readonly page: string;
  readonly parameters: Readonly<Record<string, 'required' | 'optional'>>;
  /** Fields of `data`; of each of its elements where it is a list of objects under one field. */
  readonly answers: readonly string[];
  /** The field of `data` that is the list. Only such calls are filtered and paged. */
  readonly list?: string;
  /** It carries a private key: the older pages ask for POST, and a key in a URL would stay in the server's log. */
  readonly carriesKey?: true;
  readonly assumes?: string;
};

const WHM = 'https://api.docs.cpanel.net/openapi/whm/operation';
const UAPI = 'https://api.docs.cpanel.net/openapi/cpanel/operation';
const API_2 = 'https://api.docs.cpanel.net/cpanel-api-2/cpanel-api-2-modules-fileman';

/** `GET or POST /json-api/<name>?api.version=1`. */
export const WHM_CALLS: Readonly<Record<string, Call>> = {
  version: { page: `${WHM}/version/`, parameters: {}, answers: ['version'] },
  get_domain_info: {
    page: `${WHM}/get_domain_info/`,
    parameters: {},
    list: 'domains',
    answers: [
      'docroot',
      'domain',
      'domain_type',
      'ipv4',
      'ipv4_ssl',
      'ipv6',
      'ipv6_is_dedicated',
      'modsecurity_enabled',
      'parent_domain',
    ].concat(['php_version', 'port', 'port_ssl', 'user', 'user_owner']),
    assumes: 'It lists domains that somebody made: no www. and mail. of its own, no service subdomains.',
  },
  fetch_ssl_vhosts: {
    page: `${WHM}/fetch_ssl_vhosts/`,
    parameters: {},
    list: 'vhosts',
    answers: ['crt', 'docroot', 'domains', 'ip', 'iptype', 'ipv6', 'is_primary_on_ip', 'mail_sni_status', 'needs_sni', 'servername'].concat(
      ['type', 'user'],
    ),
  },
  fetch_vhost_ssl_components: {
    page: `${WHM}/fetch_vhost_ssl_components/`,
    parameters: {},
    list: 'components',
    answers: ['cabundle', 'cabundle_id', 'certificate', 'certificate_id', 'key', 'key_id', 'servername'],
  },
  installssl: {
    page: `${WHM}/installssl/`,
    parameters: { domain: 'required', crt: 'required', key: 'required', cab: 'optional', ip: 'optional' },
    answers: [
      'action',
      'aliases',
      'domain',
      'extra_certificate_domains',
      'html',
      'ip',
      'message',
      'servername',
      'status',
      'statusmsg',
    ].concat(['user', 'warning_domains', 'working_domains']),
    carriesKey: true,
    assumes: 'The certificate is of the whole website; Apache shows it after a restart in the background.',
  },
  delete_ssl_vhost: { page: `${WHM}/delete_ssl_vhost/`, parameters: { host: 'required' }, answers: ['output', 'removed_vhost_data'] },
  uapi_cpanel: {
    page: `${WHM}/uapi_cpanel/`,
    parameters: { 'cpanel.user': 'required', 'cpanel.module': 'required', 'cpanel.function': 'required' },
    answers: ['uapi'],
  },
  cpanel: {
    page: 'https://api.docs.cpanel.net/whm/use-whm-api-to-call-cpanel-api-and-uapi/',
    parameters: {
      ...{ cpanel_jsonapi_user: 'required', cpanel_jsonapi_apiversion: 'required' },
      ...{ cpanel_jsonapi_module: 'required', cpanel_jsonapi_func: 'required' },
    },
    answers: [],
  },
};

/** `/execute/<Module>/<function>`, and through `uapi_cpanel`. */
export const UAPI_CALLS: Readonly<Record<string, Call>> = {
  'DomainInfo/domains_data': {
    page: 'https://api.docs.cpanel.net/specifications/cpanel.openapi/domain-information/domaininfo-domains_data',
    parameters: { format: 'optional' },
    answers: [
      'documentroot',
      'domain',
      'group',
      'homedir',
      'ip',
      'ipv6',
      'owner',
      'serveradmin',
      'serveralias',
      'servername',
      'type',
      'user',
    ],
    assumes: 'With format=list, data is the list itself, one entry for each website; names that are made with a domain are in serveralias.',
  },
  'SSL/installed_hosts': {
    page: `${UAPI}/installed_hosts/`,
    parameters: {},
    answers: [
      'certificate',
      'certificate_text',
      'docroot',
      'domains',
      'fqdns',
      'ip',
      'is_primary_on_ip',
      'mail_sni_status',
      'needs_sni',
    ].concat(['servername']),
    assumes: 'fqdns has every name of the website, service subdomains among them.',
  },
  'SSL/fetch_cert_info': {
    page: `${UAPI}/fetch_cert_info/`,
    parameters: { id: 'optional', friendly_name: 'optional' },
    answers: ['cabundle', 'certificate', 'is_self_signed', 'key', 'subject.commonName_ip'],
  },
  'SSL/install_ssl': {
    page: `${UAPI}/install_ssl/`,
    parameters: { domain: 'required', cert: 'required', key: 'required', cabundle: 'optional' },
    answers: ['action', 'cert_id', 'domain', 'extra_certificate_domains', 'html', 'ip', 'key_id', 'message', 'statusmsg', 'user'].concat([
      'warning_domains',
      'working_domains',
    ]),
    carriesKey: true,
  },
  'SSL/delete_ssl': { page: `${UAPI}/delete_ssl/`, parameters: { domain: 'required' }, answers: [] },
  'Fileman/save_file_content': {
    page: `${UAPI}/save_file_content/`,
    parameters: {
      ...{ file: 'required', content: 'optional', dir: 'optional', fallback: 'optional' },
      ...{ from_charset: 'optional', to_charset: 'optional' },
    },
    answers: ['from_charset', 'path', 'to_charset'],
    assumes: 'It makes no folder: one that is not there is refused.',
  },
  'Fileman/get_file_information': {
    page: `${UAPI}/get_file_information/`,
    parameters: { path: 'required', show_hidden: 'optional' },
    answers: ['absdir', 'exists', 'file', 'fullpath', 'path', 'type'],
    assumes: 'A file that is not there is exists 0, not a failure.',
  },
};

/** cPanel API 2: what UAPI has no function for, as both pages say. */
export const API_2_CALLS: Readonly<Record<string, Call>> = {
  'Fileman/mkdir': {
    page: `${API_2}/cpanel-api-2-functions-fileman-mkdir`,
    parameters: { path: 'required', name: 'required', permissions: 'optional' },
    answers: ['name', 'path', 'permissions'],
    assumes: 'A folder that is there already is refused.',
  },
  'Fileman/fileop': {
    page: `${API_2}/cpanel-api-2-functions-fileman-fileop`,
    parameters: { op: 'required', sourcefiles: 'required', doubledecode: 'required', destfiles: 'optional', metadata: 'optional' },
    answers: ['dest', 'err', 'output', 'result', 'src'],
    assumes: 'unlink takes a file away; its page speaks of links.',
  },
};
