using System.Globalization;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>The Indexed Job of a stage, for Kubernetes. Jobs have no order there: each is applied when that before it is complete.</summary>
public static class KubernetesJob
{
    /// <summary>Writes it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="options">Image and volume.</param>
    /// <param name="run">The run folder; its parent is where the volume is mounted.</param>
    public static string Of(ClusterStage stage, ClusterOptions options, string run)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(options);
        var name = string.Concat($"{Path.GetFileName(run)}-{stage.Name}".ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        var tasks = Text(stage.Tasks ?? 1);
        // The last one takes the shell's place, so that it hears when the task is to end.
        string[] commands =
        [
            .. stage.Commands.Select(words =>
                $"aligned-probing {string.Join(' ', words.Select(SlurmScript.Quoted))}{(stage.Tasks is null ? "" : " --shard auto")}"),
        ];
        var command = string.Join(" && ", [.. commands[..^1], $"exec {commands[^1]}"]);
        return $$"""
            # {{stage.Name}}: {{tasks}} tasks, each of which does its share and leaves out what is there. Written by 'aligned-probing submit'.
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {{name}}
            spec:
              completionMode: Indexed
              completions: {{tasks}}
              parallelism: {{tasks}}
              backoffLimit: {{Text(6 * (stage.Tasks ?? 1))}}
              template:
                spec:
                  restartPolicy: OnFailure
                  terminationGracePeriodSeconds: 120
                  containers:
                    - name: task
                      image: {{options.Image}}
                      command: ["/bin/sh", "-c", "{{Escaped(command)}}"]
                      workingDir: {{Path.GetDirectoryName(run)}}
                      env:
                        - name: JOB_COMPLETIONS
                          value: "{{tasks}}"
                      resources:
                        requests:
                          cpu: "{{Text(options.Processors)}}"
                          memory: {{Text((int)Math.Ceiling(stage.Bytes * 1.2 / (1 << 20)))}}Mi
                      volumeMounts:
                        - name: runs
                          mountPath: {{Path.GetDirectoryName(run)}}
                  volumes:
                    - name: runs
                      persistentVolumeClaim:
                        claimName: {{options.Volume}}

            """.ReplaceLineEndings("\n");
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
