/**
 * Puts an authorizer on the route `$default`. `/refresh` has its token; the other explicit routes stay open. Browsers send
 * preflight requests without credentials, so these get a route without the authorizer.
 */
export function privateLists({
  authorizer,
  issuer,
  audience,
}: Record<'authorizer' | 'issuer' | 'audience', string>) {
  if (authorizer === '') return { resources: {}, extensions: {} };
  const preflight = {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'HttpApi' },
      RouteKey: 'OPTIONS /{proxy+}',
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'HttpApiIntegrationList' }]] },
    },
  };
  if (authorizer === 'iam')
    return {
      resources: { PreflightRoute: preflight },
      extensions: { HttpApiRouteDefault: { Properties: { AuthorizationType: 'AWS_IAM' } } },
    };
  return {
    resources: {
      PreflightRoute: preflight,
      ListAuthorizer: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: {
          ApiId: { Ref: 'HttpApi' },
          Name: 'lists',
          AuthorizerType: 'JWT',
          IdentitySource: ['$request.header.Authorization'],
          JwtConfiguration: { Issuer: issuer, Audience: audience.split(',') },
        },
      },
    },
    extensions: {
      HttpApiRouteDefault: {
        Properties: { AuthorizationType: 'JWT', AuthorizerId: { Ref: 'ListAuthorizer' } },
      },
    },
  };
}
