/**
 * The sections of grafana.ini that are looked into, with the keys that Grafana has there. Grafana itself ignores what it
 * does not know; the stand-in does too, but says so. A section with an empty list is known, and its keys are not checked.
 */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': words('app_mode instance_name force_migration target'),
  paths: words('data temp_data_lifetime logs plugins provisioning permitted_provisioning_paths'),
  server: words(`protocol min_tls_version http_addr http_port domain enforce_domain root_url serve_from_sub_path
    router_logging static_root_path enable_gzip cert_file cert_key cert_pass certs_watch_interval socket socket_gid
    socket_mode cdn_url read_timeout`),
  database: words(`type host name user password url high_availability max_idle_conn max_open_conn conn_max_lifetime
    log_queries ssl_mode ssl_sni isolation_level ca_cert_path client_key_path client_cert_path server_cert_name path
    cache_mode wal query_retries transaction_retries migration_locking locking_attempt_timeout_sec
    instrument_queries skip_migrations`),
  remote_cache: words('type connstr prefix encryption'),
  dataproxy: words(`logging timeout dialTimeout keep_alive_seconds tls_handshake_timeout_seconds
    expect_continue_timeout_seconds max_conns_per_host max_idle_connections idle_conn_timeout_seconds send_user_header
    response_limit row_limit user_agent`),
  analytics: words(`enabled reporting_enabled reporting_distributor check_for_updates check_for_plugin_updates
    google_analytics_ua_id google_analytics_4_id google_analytics_4_send_manual_page_views google_tag_manager_id
    rudderstack_write_key rudderstack_data_plane_url rudderstack_sdk_url rudderstack_config_url
    rudderstack_integrations_url intercom_secret application_insights_connection_string
    application_insights_endpoint_url browser_console_reporter feedback_links_enabled`),
  security: words(`disable_initial_admin_creation admin_user admin_password admin_email secret_key encryption_provider
    available_encryption_providers disable_gravatar data_source_proxy_whitelist disable_brute_force_login_protection
    cookie_secure cookie_samesite allow_embedding strict_transport_security
    strict_transport_security_max_age_seconds strict_transport_security_preload strict_transport_security_subdomains
    x_content_type_options x_xss_protection content_security_policy content_security_policy_template
    content_security_policy_report_only content_security_policy_report_only_template angular_support_enabled
    csrf_trusted_origins csrf_additional_headers csrf_always_check disable_frontend_sandbox_for_plugins
    actions_allow_post_url`),
  'security.encryption': words('data_keys_cache_ttl data_keys_cache_cleanup_interval algorithm'),
  snapshots: words(
    'enabled external_enabled external_snapshot_url external_snapshot_name public_mode snapshot_remove_expired',
  ),
  dashboards: words('versions_to_keep min_refresh_interval default_home_dashboard_path'),
  datasources: words('datasource_limit concurrent_query_count'),
  users: words(`allow_sign_up allow_org_create auto_assign_org auto_assign_org_id auto_assign_org_role
    verify_email_enabled login_default_org_id login_hint password_hint default_theme default_language home_page
    external_manage_link_url external_manage_link_name external_manage_info viewers_can_edit editors_can_admin
    user_invite_max_lifetime_duration verification_email_max_lifetime_duration last_seen_update_interval hidden_users`),
  auth: words(`login_cookie_name disable_login disable_login_form login_maximum_inactive_lifetime_duration
    login_maximum_lifetime_duration token_rotation_interval_minutes disable_signout_menu signout_redirect_url
    oauth_auto_login oauth_state_cookie_max_age oauth_login_error_message oauth_skip_org_role_update_sync
    oauth_refresh_token_server_lock_min_wait_ms oauth_allow_insecure_email_lookup api_key_max_seconds_to_live
    sigv4_auth_enabled sigv4_verbose_logging azure_auth_enabled azure_skip_org_role_sync jwt_id_token`),
  'auth.anonymous': words('enabled org_name org_role hide_version device_limit'),
  'auth.basic': words('enabled password_policy'),
  log: words('mode level filters user_facing_default_error'),
  'log.console': words('level format'),
  'log.file': words('level format log_rotate max_lines max_size_shift daily_rotate max_days file_name'),
  metrics: words(`enabled interval_seconds disable_total_stats total_stats_collector_interval_seconds
    basic_auth_username basic_auth_password`),
  unified_alerting: words(`enabled disabled_orgs admin_config_poll_interval alertmanager_config_poll_interval
    ha_redis_address ha_redis_username ha_redis_password ha_redis_db ha_redis_prefix ha_redis_peer_name
    ha_redis_max_conns ha_listen_address ha_advertise_address ha_peers ha_label ha_peer_timeout ha_gossip_interval
    ha_reconnect_timeout ha_push_pull_interval execute_alerts evaluation_timeout max_attempts min_interval
    disable_jitter max_state_save_concurrency state_periodic_save_interval alertmanager_max_silences_count
    alertmanager_max_silence_size_bytes`),
  alerting: [],
  annotations: [],
  'annotations.dashboard': [],
  'annotations.api': [],
  explore: words('enabled'),
  help: words('enabled'),
  profile: words('enabled'),
  news: words('news_feed_enabled'),
  query_history: words('enabled'),
  plugins: [],
  feature_toggles: [],
  quota: [],
  live: [],
  rendering: [],
  panels: words('enable_alpha disable_sanitize_html'),
  date_formats: [],
  expressions: words('enabled'),
  public_dashboards: words('enabled'),
  rbac: [],
  smtp: [],
  emails: [],
  enterprise: [],
  geomap: [],
  navigation: [],
  aws: [],
  azure: [],
  supportbundles: [],
  storage: [],
  search: [],
};

/** Sections of their own for what can be installed or chosen by name. */
const families =
  /^(?:auth|plugin|plugins|tracing|metrics|log|external_image_storage|navigation|unified_alerting|feature_toggles|rbac|environment)\./;

export type Knowledge = 'known' | 'unknown section' | 'unknown key';

/** Whether Grafana has a key; where the section is not looked into, it is taken to. */
export function knowledgeOf(section: string, key: string): Knowledge {
  const keys = Object.hasOwn(knownKeys, section) ? knownKeys[section] : undefined;
  if (keys === undefined) return families.test(section) ? 'known' : 'unknown section';
  return keys.length === 0 || keys.includes(key) ? 'known' : 'unknown key';
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
