using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>The steps from texts to the folder of a model.</summary>
internal static class DemoTraining
{
    private const int Ignored = -100;
    private const int Patience = 3;

    /// <summary>Trains and writes the folder.</summary>
    /// <param name="options">What is asked.</param>
    /// <param name="print">Gets a line for each thing worth knowing.</param>
    public static void Run(TrainDemoOptions options, Action<string> print)
    {
        var corpus = TextCorpus.Read(options.Texts, options.Seed, options.HeldOutEvery, options.ToxicEvery);
        print($"{corpus.Rows} rows: {corpus.Training.Count} texts to learn from, {corpus.HeldOut.Count} held out; prompts and continuations left out for");
        foreach (var (reason, count) in corpus.LeftOut)
        {
            print($"  {reason}: {count}");
        }

        print($"toxic: {corpus.Training.Count(text => text.IsToxic)} texts to learn from, {corpus.HeldOut.Count(text => text.IsToxic)} held out");
        var tokenizer = BytePairTokenizer.Train(corpus.Training.Select(text => text.Text), options.VocabularySize);
        var sizes = new DemoModelSizes
        {
            VocabularySize = tokenizer.VocabularySize,
            Width = options.Width,
            FeedForwardWidth = options.FeedForwardWidth,
            Layers = options.Blocks,
        };
        int[][] training = [.. corpus.Training.Select(text => Ids(text, tokenizer))];
        var sequences = new SequenceBatches(corpus.Training, tokenizer, options, sizes.Context);
        int[][] heldOut = [.. corpus.HeldOut.Select(text => Ids(text, tokenizer)).Where(ids => ids.Length > 1)];
        print($"vocabulary {tokenizer.VocabularySize}; {training.Sum(ids => ids.Length)} tokens to learn from, {heldOut.Sum(ids => ids.Length)} held out");
        print($"held out: {heldOut.Sum(ids => ids.Length) / (double)corpus.HeldOut.Sum(text => text.Text.Length):F3} tokens a character");
        print($"held out, nats a token: {Unigram(training, heldOut, tokenizer.VocabularySize):F3} by the tokens' frequencies alone");

        TorchRuntime.EnsureLoaded();
        // One thread: more would add up the same numbers in another order.
        set_num_threads(1);
        manual_seed(options.Seed);
        using var model = new TrainingLlama(sizes, options.Seed);
        print($"{model.Weights.Values.Sum(weight => weight.numel())} weights; held out before training {Loss(model, heldOut):F3}");
        foreach (var (step, kept) in Train(model, sequences, heldOut, options, print))
        {
            var folder = options.Steps.Count == 0 ? options.Output : Path.Combine(options.Output, $"step-{step}");
            Write(model, kept, folder, sizes, tokenizer, heldOut, options, print);
            CheckTokenizer(folder, corpus, tokenizer);
        }
    }

    private static void Write(
        TrainingLlama model,
        Dictionary<string, float[]> kept,
        string folder,
        DemoModelSizes sizes,
        BytePairTokenizer tokenizer,
        int[][] heldOut,
        TrainDemoOptions options,
        Action<string> print)
    {
        var weights = new SortedDictionary<string, (long[] Shape, float[] Values)>(StringComparer.Ordinal);
        foreach (var (key, weight) in model.Weights)
        {
            float[] values = [.. kept[key].Select(SafetensorsWriter.Round)];
            values.CopyTo(AdamW.Floats(weight));
            weights.Add(key, (weight.shape, values));
        }

        var loss = Loss(model, heldOut);
        print($"held out, as written (bfloat16): {loss:F3} nats a token, perplexity {Math.Exp(loss):F1}");
        var (writtenSizes, written) = ResidualStream.Scale(sizes, weights, options.StateScale);
        DemoFolder.Write(folder, writtenSizes, tokenizer, written);
        var difference = InferenceCheck.LargestDifference(folder, model, heldOut.Take(20));
        print($"largest difference of a logit between training's and inference's Llama: {difference:E1}");
        if (!(difference <= InferenceCheck.Tolerance))
        {
            throw new InvalidOperationException("The model as read back computes something else than the model that was trained.");
        }

        print($"written: {folder}, {Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length) / 1e6:F2} MB");
    }

    /// <summary>Whether what a run will read splits texts as training did.</summary>
    private static void CheckTokenizer(string folder, TextCorpus corpus, BytePairTokenizer tokenizer)
    {
        var written = Tokenizer.FromFolder(folder);
        var unlike = corpus
            .Training.Concat(corpus.HeldOut)
            .FirstOrDefault(text => !written.Encode(text.Text, addSpecialTokens: true).Ids.SequenceEqual(tokenizer.Encode(text.Text)));
        if (unlike is not null)
        {
            throw new InvalidOperationException($"The tokenizer as written splits '{unlike.Text}' in another way than training did.");
        }
    }

    /// <summary>Trains for all epochs.</summary>
    /// <returns>By step: the weights of the epoch that predicts the held-out texts best, and those of the steps asked for before it.</returns>
    private static SortedDictionary<int, Dictionary<string, float[]>> Train(
        TrainingLlama model,
        SequenceBatches batches,
        int[][] heldOut,
        TrainDemoOptions options,
        Action<string> print)
    {
        var optimizer = new AdamW([.. model.Weights.Values.Select(weight => (weight, weight.shape.Length > 1))], options.WeightDecay);
        var steps = batches.StepsAnEpoch * options.Epochs;
        var step = 0;
        var (bestLoss, bestEpoch, bestStep, best) = (double.PositiveInfinity, 0, 0, new Dictionary<string, float[]>());
        var kept = new SortedDictionary<int, Dictionary<string, float[]>>();
        var clock = Stopwatch.StartNew();
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var sum = 0.0;
            foreach (var batch in batches.Of(epoch))
            {
                using var scope = NewDisposeScope();
                using var loss = MeanLoss(model, batch, options.Dropout);
                loss.backward();
                sum += AdamW.Floats(loss)[0];
                optimizer.Step(options.LearningRate * Schedule(step++, steps, options.WarmUp));
                if (options.Steps.Contains(step))
                {
                    kept[step] = Copy(model);
                }
            }

            var measured = Loss(model, heldOut);
            print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"epoch {epoch}: training {sum / batches.StepsAnEpoch:F3}, held out {measured:F3}, {clock.Elapsed.TotalSeconds:F0} s"));
            if (measured < bestLoss)
            {
                (bestLoss, bestEpoch, bestStep) = (measured, epoch, step);
                best = Copy(model);
            }
            else if (epoch >= bestEpoch + Patience)
            {
                print($"no better for {Patience} epochs: epoch {bestEpoch} is kept");
                break;
            }
        }

        foreach (var later in kept.Keys.Where(other => other > bestStep).ToArray())
        {
            kept.Remove(later);
        }

        kept[bestStep] = best;
        return kept;
    }

    private static Dictionary<string, float[]> Copy(TrainingLlama model) =>
        model.Weights.ToDictionary(entry => entry.Key, entry => AdamW.Floats(entry.Value).ToArray());

    private static float Schedule(int step, int steps, float warmUp)
    {
        var done = (step + 1f) / steps;
        return done < warmUp ? done / warmUp : 0.02f + (0.98f * 0.5f * (1f + MathF.Cos(MathF.PI * (done - warmUp) / (1f - warmUp))));
    }

    private static Tensor MeanLoss(TrainingLlama model, int[][] batch, double dropout)
    {
        var length = batch.Max(ids => ids.Length) - 1;
        var (inputs, targets) = (new long[batch.Length * length], new long[batch.Length * length]);
        Array.Fill(targets, Ignored);
        for (var row = 0; row < batch.Length; row++)
        {
            for (var i = 0; i + 1 < batch[row].Length; i++)
            {
                inputs[(row * length) + i] = batch[row][i];
                targets[(row * length) + i] = batch[row][i + 1];
            }
        }

        var logits = model.Forward(tensor(inputs, [batch.Length, length]), dropout);
        return F.cross_entropy(logits.view(batch.Length * length, -1), tensor(targets), ignore_index: Ignored);
    }

    private static double Loss(TrainingLlama model, int[][] texts)
    {
        var (sum, tokens) = (0.0, 0);
        foreach (var batch in texts.OrderBy(ids => ids.Length).Chunk(16))
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var predicted = batch.Sum(ids => ids.Length - 1);
            sum += AdamW.Floats(MeanLoss(model, batch, 0))[0] * (double)predicted;
            tokens += predicted;
        }

        return sum / tokens;
    }

    /// <summary>What a model that knows only how frequent tokens are would reach (counts plus one).</summary>
    private static double Unigram(int[][] training, int[][] heldOut, int vocabularySize)
    {
        var counts = new double[vocabularySize];
        Array.Fill(counts, 1);
        foreach (var id in training.SelectMany(ids => ids))
        {
            counts[id]++;
        }

        var all = counts.Sum();
        return -heldOut.SelectMany(ids => ids.Skip(1)).Average(id => Math.Log(counts[id] / all));
    }

    private static int[] Ids(TrainingText text, BytePairTokenizer tokenizer)
    {
        var ids = tokenizer.Encode(text.Text);
        return text.Ends ? [.. ids, BytePairTokenizer.EndOfTextId] : ids;
    }
}
