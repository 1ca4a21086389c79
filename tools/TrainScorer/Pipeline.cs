using System.Runtime.Intrinsics;
using AlignedProbing.Scoring.Ngram;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>
/// Both stages together. Every model is packed before it is used, so what is measured is what is shipped. Results do not depend on the number of threads.
/// </summary>
internal sealed class Pipeline(TrainingTexts texts, NgramMatrix matrix, LinearOptions linear, HeadOptions head, int threads)
{
    private const int Lanes = TrainingTexts.Lanes;
    private const int Folds = 5;
    private readonly LinearTrainer _linear = new(texts, matrix, linear);

    /// <summary>
    /// A model of the texts of the given numbers. The second stage learns from first stages that have not seen the text, and from no copies: texts with
    /// identities would be more frequent than they are, and its
    /// scores too high.
    /// </summary>
    public NgramModel Fit(int[] rows, int seed)
    {
        var folds = texts.Folds(rows, Folds, seed);
        int[] originals = [.. rows.Where(row => row < texts.Originals)];
        var inputs = new float[originals.Length * NgramHead.Inputs];
        var firsts = new NgramModel[Folds + 1];
        Parallel.For(0, Folds + 1, new ParallelOptions { MaxDegreeOfParallelism = threads }, fold =>
        {
            var model = firsts[fold] = _linear.Fit([.. rows.Where((_, i) => folds[i] != fold)]);
            var reader = new NgramReader();
            for (var i = 0; i < originals.Length; i++)
            {
                if (folds[i] == fold)
                {
                    reader.Read(texts.Texts[originals[i]]);
                    model.Describe(reader, inputs.AsSpan(i * NgramHead.Inputs, NgramHead.Inputs));
                }
            }
        });
        var scores = new float[originals.Length * Lanes];
        for (var i = 0; i < originals.Length; i++)
        {
            texts.Scores.AsSpan(originals[i] * Lanes, Lanes).CopyTo(scores.AsSpan(i * Lanes));
        }

        return firsts[Folds].With(new HeadTrainer(head).Fit(inputs, scores));
    }

    /// <summary>
    /// Scores of the file's texts, <c>[text, lane]</c>, each by a model that has seen neither the text nor its row's other one, nor a copy of either.
    /// </summary>
    public float[] OutOfFold(int seed)
    {
        var all = Enumerable.Range(0, texts.Count).ToArray();
        var folds = texts.Folds(all, Folds, seed);
        var scores = new float[texts.Originals * Lanes];
        for (var fold = 0; fold < Folds; fold++)
        {
            var model = Fit([.. all.Where(text => folds[text] != fold)], seed + 1 + fold);
            Score(model, [.. all.Where(text => text < texts.Originals && folds[text] == fold)], scores);
        }

        return scores;
    }

    /// <summary>Writes a model's scores of the texts of the given numbers into <c>[text, lane]</c>.</summary>
    public void Score(NgramModel model, int[] rows, float[] scores)
    {
        var reader = new NgramReader();
        foreach (var row in rows)
        {
            reader.Read(texts.Texts[row]);
            model.Score(reader).CopyTo(scores.AsSpan(row * Lanes));
        }
    }
}
