using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>The share of a task of a cluster's array: of Slurm, or of a Kubernetes Indexed Job.</summary>
public static class ArrayTask
{
    /// <summary>Whether the process runs in a task of a cluster, which is told by SIGTERM that it has some time left.</summary>
    public static bool IsOne(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return variable("SLURM_JOB_ID") is { Length: > 0 } || variable("JOB_COMPLETION_INDEX") is { Length: > 0 };
    }

    /// <summary>The share.</summary>
    /// <param name="variable">Looks up a variable of the environment.</param>
    /// <exception cref="InputException"><c>wrong-usage</c>: this is no such task, or its numbers have gaps.</exception>
    public static Shard ShareOf(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (variable("SLURM_ARRAY_TASK_ID") is { Length: > 0 })
        {
            var (id, count, first, last) = (
                Number("SLURM_ARRAY_TASK_ID"), Number("SLURM_ARRAY_TASK_COUNT"), Number("SLURM_ARRAY_TASK_MIN"), Number("SLURM_ARRAY_TASK_MAX"));
            return last - first + 1 == count && id >= first && id <= last
                ? new Shard(id - first, count)
                : throw Refusal(
                    $"the array has {Text(count)} tasks numbered {Text(first)} to {Text(last)}, so its numbers have gaps, and units would be left out",
                    "Submit an array without gaps, such as --array=0-39; what is done is not done again");
        }

        if (variable("JOB_COMPLETION_INDEX") is { Length: > 0 })
        {
            var (index, count) = (Number("JOB_COMPLETION_INDEX"), Number("JOB_COMPLETIONS"));
            return index < count
                ? new Shard(index, count)
                : throw Refusal($"JOB_COMPLETION_INDEX is {Text(index)}, and JOB_COMPLETIONS is {Text(count)}", "Set JOB_COMPLETIONS to the job's completions");
        }

        throw Refusal(
            "this is no array task: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set",
            "Run it in an array (submit --to slurm writes one), or write --shard I/N");

        int Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Refusal($"{name} is '{variable(name)}' and no number", $"Set {name}, or write --shard I/N");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static InputException Refusal(string found, string remedy) => new("wrong-usage", "--shard auto", found, remedy);
}
