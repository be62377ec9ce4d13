/** Hooks into the framework's commands: see steps.ts. */
module.exports = class OffloadSteps {
  constructor(serverless, _options, { log }) {
    const { Error: FrameworkError } = serverless.classes;
    const aws = serverless.getProvider('aws');
    const { commands } = serverless.processedInput;
    if (aws.getStage() === 'local' && touchesAws(commands))
      throw new FrameworkError(
        `"sls ${commands.join(' ')}" needs a stage in AWS, and "local" is this machine: pass one, for example --stage prod.`,
        'STAGE_MISSING',
      );

    const run = (step) => async () => {
      const steps = await import('./steps.ts');
      const { values, region } = serverless.service.custom.deployment;
      const context = { values, region, stage: aws.getStage(), clientConfig: () => aws.getAwsSdkV3Config() };
      await steps[step](context, log).catch((error) => {
        throw new FrameworkError(error.message, 'OFFLOAD_STEP_FAILED');
      });
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': run('checkFiles'),
      'before:package:function:package': run('checkFiles'),
      'before:deploy:deploy': run('checkDatabase'),
      'after:deploy:deploy': run('refreshOnce'),
    };
  }
};

/** Whether the command calls AWS. */
function touchesAws([command, subcommand]) {
  const onAws = ['deploy', 'info', 'logs', 'metrics', 'prune', 'remove', 'rollback'];
  return onAws.includes(command) || (command === 'invoke' && subcommand !== 'local');
}
