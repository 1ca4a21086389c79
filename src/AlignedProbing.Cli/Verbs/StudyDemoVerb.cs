using System.CommandLine;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>study demo</c>: a study of models that come with the program.</summary>
internal static class StudyDemoVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "demo",
        "A small study of the demo's models: checkpoints along training, precisions, templates. Nothing is downloaded.",
        null,
        new VerbUse
        {
            Title = "study demo",
            Settings = [StudySettings.Output, MachineSettings.Json],
            Bind = input =>
            {
                var (output, json) = (input.PathOf(input.Given.Value(StudySettings.Output)), input.Given.Value(MachineSettings.Json));
                var file = Path.Combine(AppContext.BaseDirectory, "Demo", "study.yaml");
                return cancellationToken => StudyRunVerb.RunAsync(file, output, json, host, cancellationToken);
            },
        });
}
