/** What {@link AuthModule} checks against. */
export interface AuthModuleOptions {
  /** The token that callers present as `Authorization: Bearer <token>`. */
  token: string;
}
