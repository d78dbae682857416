/** The status codes that are used here; the npm build of `@std/http` ships no types. */
export const STATUS_CODE: {
  readonly OK: 200;
  readonly NotModified: 304;
  readonly BadRequest: 400;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly InternalServerError: 500;
  readonly ServiceUnavailable: 503;
};
