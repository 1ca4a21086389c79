using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Benchmarks;

/// <summary>What a core can do at most: independent fused multiply-adds that touch no memory.</summary>
internal static class PeakBenchmark
{
    private const int Repetitions = 20_000_000;

    public static double GigaflopsOfOneCore()
    {
        Multiply(1000);
        var sink = 0f;
        var milliseconds = ProbeBenchmark.ProcessorMilliseconds(() => sink = Multiply(Repetitions));
        // Keeps the loop from being dropped as without effect.
        GC.KeepAlive(sink);
        return 12.0 * 8 * 2 * Repetitions / milliseconds / 1e6;
    }

    /// <summary>What several cores do together by the clock: less than as many times one where they share a unit or slow each other down.</summary>
    public static double GigaflopsOfCores(int threads) => Operations(threads) / Seconds(threads, _ => GC.KeepAlive(Multiply(Repetitions))) / 1e9;

    /// <summary>Bytes that several cores read from memory in a second, the best of three passes over 64 MB each.</summary>
    public static double GigabytesRead(int threads)
    {
        const int Floats = 1 << 24;
        var memory = Enumerable.Range(0, threads).Select(_ => new float[Floats]).ToArray();
        return Enumerable
            .Range(0, 3)
            .Max(_ =>
                threads
                * (double)Floats
                * sizeof(float)
                / Seconds(threads, thread => GC.KeepAlive(System.Numerics.Tensors.TensorPrimitives.Sum<float>(memory[thread])))
                / 1e9);
    }

    private static double Operations(int threads) => threads * 12.0 * 8 * 2 * Repetitions;

    private static double Seconds(int threads, Action<int> action)
    {
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() => action(thread)))];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        return watch.Elapsed.TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Multiply(int repetitions)
    {
        var (x, y) = (Vector256.Create(0.999f), Vector256.Create(0.001f));
        var (a, b, c, d) = (x, y, x, y);
        var (e, f, g, h) = (x, y, x, y);
        var (i, j, k, l) = (x, y, x, y);
        for (var n = 0; n < repetitions; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
            k = Vector256.FusedMultiplyAdd(k, x, y);
            l = Vector256.FusedMultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
