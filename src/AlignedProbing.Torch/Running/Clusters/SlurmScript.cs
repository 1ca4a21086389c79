using System.Globalization;
using System.Text;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>The job script of a stage, for Slurm: to be read, changed and submitted again by hand.</summary>
public static class SlurmScript
{
    // Seconds before the time limit at which a task is told to end.
    private const int Notice = 120;

    private const double Slack = 2;
    private const int LeastMinutes = 10;
    private const double MemorySlack = 1.2;

    /// <summary>Writes it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="options">How tasks are asked for.</param>
    /// <param name="run">The run folder.</param>
    /// <param name="workingFolder">The folder that relative paths start from.</param>
    public static string Of(ClusterStage stage, ClusterOptions options, string run, string workingFolder)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(options);
        var folder = Path.Combine(run, "cluster");
        var script = new StringBuilder();
        Line("#!/usr/bin/env bash");
        Line(stage.Tasks is { } tasks
            ? $"# {stage.Name}: {Text(tasks)} tasks, each of which does its share and leaves out what is there. Written by 'aligned-probing submit'."
            : $"# {stage.Name}: one task. Written by 'aligned-probing submit'.");
        Option("job-name", $"{Path.GetFileName(run)}-{stage.Name}");
        Option("chdir", workingFolder);
        Option("output", Path.Combine(folder, "logs", $"{stage.Name}-{(stage.Tasks is null ? "%j" : "%A_%a")}.log"));
        Option("open-mode", "append");
        if (stage.Tasks is { } count)
        {
            Option("array", $"0-{Text(count - 1)}");
        }

        Option("cpus-per-task", Text(options.Processors));
        Option("mem", $"{Text((int)Math.Ceiling(stage.Bytes * MemorySlack / (1 << 20) / 100) * 100)}M");
        Option("time", options.Time ?? Minutes((int)Math.Ceiling(((stage.Seconds * Slack / 60) + LeastMinutes) / LeastMinutes) * LeastMinutes));
        Option("signal", $"B:USR1@{Text(Notice)}");
        Line("#SBATCH --requeue");
        Option("partition", options.Partition);
        Option("account", options.Account);
        Option("gres", stage.OnDevice ? options.Gres : null);
        if (options.Sbatch is { } further)
        {
            Line($"#SBATCH {further}");
        }

        Line("");
        Line($"run={Quoted(run)}");
        script.Append(
            """
            if [ ! -f "$run/manifest.json" ]; then
              echo "This machine, $(hostname), does not see $run: the run folder must lie on a disk that all nodes share." >&2
              exit 2
            fi

            # Near the time limit Slurm sends USR1; to a task that is cancelled or preempted, TERM.
            # Either way the unit in work is finished and no other begun.
            again= told=
            trap 'told=1 again=1; kill -TERM "$task"' USR1
            trap 'told=1; kill -TERM "$task"' TERM
            work() {
              "$@" &
              task=$!
              while :; do
                told=
                wait "$task"
                code=$?
                [ -n "$told" ] || break
              done
              if [ "$code" -ne 0 ]; then
                if [ -n "$again" ] && [ "$code" -eq 130 ]; then
                  echo "The time is up. The task is queued again, for what is left."
                  scontrol requeue "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
                fi
                exit "$code"
              fi
            }


            """.ReplaceLineEndings("\n"));
        foreach (var command in stage.Commands)
        {
            script.Append("work ").Append(options.Program).Append(' ').AppendJoin(" ", command.Select(Quoted));
            script.Append(stage.Tasks is null ? "\n" : " --shard auto" + (command[0] is "encode" or "probe" ? " --threads \"$SLURM_CPUS_PER_TASK\"\n" : "\n"));
        }

        return script.ToString();

        void Line(string text) => script.Append(text).Append('\n');

        void Option(string name, string? value)
        {
            if (value is not null)
            {
                Line($"#SBATCH --{name}={(value.Contains(' ', StringComparison.Ordinal) ? $"\"{value}\"" : value)}");
            }
        }
    }

    /// <summary>A word of a shell.</summary>
    public static string Quoted(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or ',' or '=' or '+')
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Minutes(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60}:{minutes % 60:00}:00");
}
