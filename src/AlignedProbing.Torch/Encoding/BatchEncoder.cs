using System.Diagnostics;
using System.Runtime.InteropServices;
using AlignedProbing.Numerics;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding.Sampling;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>What is done with each prompt.</summary>
internal sealed record BatchEncoderOptions
{
    /// <summary>Continuations sampled for each prompt.</summary>
    public required int Samples { get; init; }

    /// <summary>New tokens of a sampled continuation at most.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Seed of all sampling.</summary>
    public required int Seed { get; init; }

    /// <summary>Numbers of the continuations whose states are pooled.</summary>
    public required IReadOnlyList<int> Keep { get; init; }

    /// <summary>Kinds of pooling.</summary>
    public required IReadOnlyList<PoolingKind> Pooling { get; init; }

    /// <summary>Whether output vectors are pooled as the paper's scripts do it (docs/encoding.md).</summary>
    public bool Reference { get; init; }

    /// <summary>Ids that end a text.</summary>
    public required IReadOnlySet<int> EndOfText { get; init; }
}

/// <summary>
/// Runs batches of prompts: reads each prompt once, lets its continuations share its keys and values, and pools hidden states as they are made. What a prompt
/// gives does
/// not depend on the others of its batch.
/// </summary>
internal sealed class BatchEncoder(CausalModel model, BatchEncoderOptions options, TokenSampler sampler, PartTimes? times = null)
{
    private readonly PooledVectors _input = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);
    private readonly PooledVectors _instruction = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);
    private readonly PooledVectors _output = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);

    /// <summary>
    /// Runs a batch of prompts, each of at least one token and at most the model's context. The vectors of the result hold until the next batch is run.
    /// </summary>
    /// <exception cref="OperationCanceledException">Asked for between two passes.</exception>
    public EncodedBatch Run(IReadOnlyList<PromptTokens> prompts, CancellationToken cancellationToken)
    {
        _input.Reset(prompts.Count);
        _instruction.Reset(prompts.Count);
        _output.Reset(prompts.Count * options.Keep.Count);
        using var run = new BatchRun(model, options, sampler, prompts, (_input, _instruction, _output), times);
        run.ReadPrompts(cancellationToken);
        run.Continue(cancellationToken);
        run.Complete();
        return run.Result;
    }

    private sealed class BatchRun : IDisposable
    {
        private readonly CausalModel _model;
        private readonly BatchEncoderOptions _options;
        private readonly PartTimes? _times;
        private readonly IReadOnlyList<PromptTokens> _prompts;
        private readonly KeyValueCache _cache;
        private readonly IStatePooling _pooling;
        private readonly ILogitReader _reader;
        private readonly Tail[] _tails;

        public BatchRun(
            CausalModel model,
            BatchEncoderOptions options,
            TokenSampler sampler,
            IReadOnlyList<PromptTokens> prompts,
            (PooledVectors Input, PooledVectors Instruction, PooledVectors Output) vectors,
            PartTimes? times)
        {
            (_model, _options, _prompts, _times) = (model, options, prompts, times);
            _pooling = model.ReducesOn is { } device ? new DevicePooling(device) : new HostPooling();
            _reader = model.ReducesOn is { } same ? new DeviceLogitReader(sampler.Options, same) : new HostLogitReader(sampler);
            _tails = [.. prompts.SelectMany(TailsOf)];
            var ofPrompt = _tails.ToLookup(tail => tail.Prompt);
            _cache = new KeyValueCache(
                new CacheLayout([.. prompts.Select((prompt, index) => new CachedPrompt(prompt.Ids.Length, [.. ofPrompt[index].Select(tail => tail.Limit)]))]));
            Result = new EncodedBatch(
                prompts,
                [.. prompts.Select((_, index) => ofPrompt[index].Select(tail => tail.Continuation).ToArray())],
                vectors.Input,
                vectors.Instruction,
                vectors.Output);
        }

        public EncodedBatch Result { get; }

        public void Dispose()
        {
            _cache.Dispose();
            _pooling.Dispose();
            _reader.Dispose();
        }

        /// <summary>Reads the prompts and, where they are given, the continuations.</summary>
        public void ReadPrompts(CancellationToken cancellationToken)
        {
            foreach (var segments in PassPlanner.Passes(Segments()))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Pass(segments);
            }

            IEnumerable<TokenSegment> Segments()
            {
                for (var prompt = 0; prompt < _prompts.Count; prompt++)
                {
                    yield return new TokenSegment(prompt, -1, _prompts[prompt].Ids);
                    for (var tail = 0; tail < _tails.Length; tail++)
                    {
                        if (_tails[tail].Prompt == prompt && _tails[tail].Given && _tails[tail].Limit > 0)
                        {
                            yield return new TokenSegment(prompt, tail, _tails[tail].Continuation.Ids.ToArray());
                        }
                    }
                }
            }
        }

        /// <summary>Samples, step by step, until every continuation has ended and the last token of each kept one has been read.</summary>
        public void Continue(CancellationToken cancellationToken)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var segments = new List<TokenSegment>();
                for (var index = 0; index < _tails.Length; index++)
                {
                    var tail = _tails[index];
                    var read = _cache.TailLength(index);
                    if (!tail.Given && read < tail.Continuation.Ids.Count && (tail.Continuation.End is null || tail.Kept >= 0))
                    {
                        segments.Add(new TokenSegment(tail.Prompt, index, new[] { tail.Continuation.Ids[read] }));
                    }
                }

                if (segments.Count == 0)
                {
                    return;
                }

                Pass(segments);
            }
        }

        /// <summary>Makes the vectors readable.</summary>
        public void Complete() => _pooling.Complete();

        private void Pass(IReadOnlyList<TokenSegment> segments)
        {
            var pooled = new List<PooledRows>();
            var uses = new List<LogitUse>();
            var row = 0;
            foreach (var segment in segments)
            {
                Plan(segment, row, pooled, uses);
                row += segment.Ids.Length;
            }

            var batch = new TokenBatch(_cache, segments, [.. uses.Select(use => use.Row)]);
            _pooling.Begin(pooled);
            _reader.Begin([.. uses.Select(use => Array.ConvertAll(use.For, Question))]);
            _model.Forward(batch, _cache, new PoolingObserver(_pooling, _reader, _times));
            var start = Stopwatch.GetTimestamp();
            Accept(uses, _reader.Complete());
            _times?.Add(ForwardPart.Sampling, Stopwatch.GetTimestamp() - start);
        }

        private void Plan(TokenSegment segment, int row, List<PooledRows> pooled, List<LogitUse> uses)
        {
            var count = segment.Ids.Length;
            if (segment.Tail < 0)
            {
                var prompt = _prompts[segment.Prompt];
                var from = _cache.PromptLength(segment.Prompt);
                Pool(Result.Input, segment.Prompt, prompt.SpanStart, prompt.SpanEnd);
                Pool(Result.Instruction, segment.Prompt, 0, prompt.SpanStart);
                Pool(Result.Instruction, segment.Prompt, prompt.SpanEnd, prompt.Ids.Length);
                (Tail, int)[] first =
                    from + count < prompt.Ids.Length
                        ? []
                        : [.. _tails.Where(tail => tail.Prompt == segment.Prompt && tail.Limit > 0).Select(tail => (tail, 0))];
                if (first.Length > 0)
                {
                    uses.Add(new LogitUse(row + count - 1, first));
                }

                void Pool(PooledVectors vectors, int target, int start, int end)
                {
                    var (first, last) = (Math.Max(start, from), Math.Min(end, from + count));
                    if (first < last)
                    {
                        pooled.Add(new PooledRows(vectors, target, row + first - from, last - first, first));
                    }
                }
            }
            else
            {
                var tail = _tails[segment.Tail];
                var length = _prompts[segment.Prompt].Ids.Length;
                var from = _cache.TailLength(segment.Tail);
                // As the paper's scripts have it: not the last token's state, and no more states than the prompt has tokens.
                var end = _options.Reference ? Math.Min(from + count, Math.Min(_options.MaxNewTokens - 1, length)) : from + count;
                if (tail.Kept >= 0 && from < end)
                {
                    pooled.Add(new PooledRows(Result.Output, (segment.Prompt * _options.Keep.Count) + tail.Kept, row, end - from, length + from));
                }

                for (var i = 0; i < count; i++)
                {
                    if (tail.Given ? from + i + 1 < tail.Limit : tail.Continuation.End is null)
                    {
                        uses.Add(new LogitUse(row + i, [(tail, from + i + 1)]));
                    }
                }
            }
        }

        private static LogitQuestion Question((Tail Tail, int Token) asked) =>
            asked.Tail.Given ? new LogitQuestion(0, asked.Tail.Continuation.Ids[asked.Token]) : new LogitQuestion(asked.Tail.Stream.Uniform(asked.Token));

        private void Accept(List<LogitUse> uses, IReadOnlyList<SampledToken[]> answers)
        {
            for (var i = 0; i < uses.Count; i++)
            {
                for (var j = 0; j < uses[i].For.Length; j++)
                {
                    Accept(uses[i].For[j].Tail, uses[i].For[j].Token, answers[i][j]);
                }
            }
        }

        /// <summary>Token number <paramref name="token"/> of a continuation has been drawn, or its log-probability read.</summary>
        private void Accept(Tail tail, int token, SampledToken sampled)
        {
            var continuation = tail.Continuation;
            if (tail.Given)
            {
                continuation.LogProbabilities[token] = sampled.LogProbability;
                return;
            }

            if (_options.EndOfText.Contains(sampled.Token))
            {
                continuation.End = ContinuationEnd.EndOfText;
                return;
            }

            continuation.Ids.Add(sampled.Token);
            continuation.LogProbabilities.Add(sampled.LogProbability);
            if (continuation.Ids.Count == tail.Limit)
            {
                continuation.End = tail.Limit == _options.MaxNewTokens ? ContinuationEnd.Length : ContinuationEnd.Context;
            }
        }

        private IEnumerable<Tail> TailsOf(PromptTokens prompt, int index)
        {
            var room = _model.Sizes.Context - prompt.Ids.Length;
            for (var number = 0; number < (prompt.Given?.Count ?? _options.Samples); number++)
            {
                var ids = prompt.Given?[number];
                var tail = new Tail
                {
                    Prompt = index,
                    Kept = IndexOf(_options.Keep, number),
                    Given = ids is not null,
                    Limit = ids is null ? Math.Min(_options.MaxNewTokens, room) : ids.Length <= room ? ids.Length : 0,
                    Stream = RandomStream.ForContinuation(_options.Seed, prompt.Id, number),
                };
                tail.Continuation.Ids.AddRange(ids ?? []);
                CollectionsMarshal.SetCount(tail.Continuation.LogProbabilities, ids is null ? 0 : tail.Limit);
                tail.Continuation.End = ids is not null ? ContinuationEnd.Given : tail.Limit == 0 ? ContinuationEnd.Context : null;
                yield return tail;
            }

            static int IndexOf(IReadOnlyList<int> keep, int number)
            {
                for (var i = 0; i < keep.Count; i++)
                {
                    if (keep[i] == number)
                    {
                        return i;
                    }
                }

                return -1;
            }
        }

        /// <summary>
        /// A row of logits asked for, and what it is for: tokens of tails, by their number; a prompt's last row is for the first of all its tails.
        /// </summary>
        private readonly record struct LogitUse(int Row, (Tail Tail, int Token)[] For);

        private sealed class Tail
        {
            public required int Prompt { get; init; }

            /// <summary>Place among the kept continuations; -1: not kept.</summary>
            public required int Kept { get; init; }

            public required bool Given { get; init; }

            /// <summary>Tokens it may have, or has; 0 where there is no room.</summary>
            public required int Limit { get; init; }

            public required RandomStream Stream { get; init; }

            public TokenContinuation Continuation { get; } = new();
        }
    }
}
