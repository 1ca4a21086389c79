using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

/// <summary>Interplay from tables of one's own: what is too little, what is missing, what is refused.</summary>
public sealed class InterplayTests
{
    private const string Behavior = "model,family,layers,EMT\n";
    private const string Strengths = "model,layer,scenario,attribute,strength\n";

    [Fact]
    public void ThreeRunsHaveNoCorrelationAndAReason()
    {
        var found = Run(3, 3);
        Assert.All(found.Rows, row => Assert.Null(row.R));
        Assert.All(found.Rows, row => Assert.Equal("too_few_runs", row.Reason));
        Assert.Contains(found.Warnings, warning => warning.StartsWith("3 runs: no correlation", StringComparison.Ordinal));
    }

    [Fact]
    public void FourRunsHaveOneWithAWarning()
    {
        var found = Run(4, 3);
        Assert.NotNull(Mean(found).R);
        Assert.Contains(found.Warnings, warning => warning.StartsWith("4 runs are too few", StringComparison.Ordinal));
    }

    [Fact]
    public void EightRunsOfThreeFamiliesHaveNoWarning()
    {
        var found = Run(8, 3);
        Assert.Empty(found.Warnings);
        Assert.NotNull(Mean(found).FamilyLow);
        Assert.Null(Mean(found).Reason);
    }

    [Fact]
    public void TwoFamiliesHaveNoIntervalOverFamilies()
    {
        var found = Run(8, 2);
        Assert.Contains(found.Warnings, warning => warning.StartsWith("2 families", StringComparison.Ordinal));
        Assert.Null(Mean(found).FamilyLow);
        Assert.Equal("too_few_families", Mean(found).Reason);
    }

    [Fact]
    public void AMissingCellLeavesItsRunOut()
    {
        var strengths = Strengths + string.Concat(Enumerable.Range(0, 9).Select(i => $"m{i},0,input,toxicity,{(i == 4 ? "" : $"0.{i}")}\n"));
        var behavior = Behavior + string.Concat(Enumerable.Range(0, 9).Select(i => $"m{i},f{i % 3},0,{(i == 5 ? "" : $"0.{i * i % 7}")}\n"));
        var found = Mean(Of(strengths, behavior));
        Assert.Equal(7, found.Runs);
    }

    [Fact]
    public void AModelWithoutStrengthsIsNamed()
    {
        var found = Of(Strengths + "a,0,input,toxicity,.1\n", Behavior + "a,f,0,.1\nb,f,0,.2\n");
        Assert.Equal(1, found.Runs);
        Assert.Contains("Left out, since they have no strengths: b.", found.Warnings);
    }

    [Theory]
    [InlineData("model,layer,scenario,attribute,strength,seed\na,0,input,t,.1,0\n", Behavior + "a,f,0,.1\n", "unknown column 'seed'")]
    [InlineData("model,layer,scenario,strength\na,0,input,.1\n", Behavior + "a,f,0,.1\n", "no column 'attribute'")]
    [InlineData(Strengths + "a,0,input,t,NaN\n", Behavior + "a,f,0,.1\n", "'strength' in line 2 is 'NaN'")]
    [InlineData(Strengths + "a,0,input,t,1e999\n", Behavior + "a,f,0,.1\n", "'strength' in line 2")]
    [InlineData(Strengths + "a,0,input,t,.1\n\na,0,input,t,.1\n", Behavior + "a,f,0,.1\n", "line 4 gives layer 0 of 'a'")]
    [InlineData(Strengths + "z,0,input,t,.1\n", Behavior + "a,f,0,.1\n", "line 2 names the model 'z'")]
    [InlineData(Strengths + "a,1,input,t,.1\n", Behavior + "a,f,0,.1\n", "line 2 is of layer 1")]
    [InlineData(Strengths + "a,x,input,t,.1\n", Behavior + "a,f,0,.1\n", "'layer' in line 2 is 'x'")]
    [InlineData(Strengths + "a,0,inputs,t,.1\n", Behavior + "a,f,0,.1\n", "scenario 'inputs'")]
    [InlineData(Strengths + "a,0,input,t\n", Behavior + "a,f,0,.1\n", "line 2 has 4 fields")]
    [InlineData(Strengths, Behavior + "a,f,0,.1\n", "no row")]
    [InlineData(Strengths + "a,0,input,t,.1\n", Behavior + "a,f,0,.1\na,f,0,.1\n", "line 3 gives the model 'a' a second time")]
    [InlineData(Strengths + "a,0,input,t,.1\n", Behavior + "a,,0,.1\n", "line 2 has no 'family'")]
    [InlineData(Strengths + "a,0,input,t,.1\n", Behavior + "a,f,99999999,.1\n", "'layers' in line 2")]
    [InlineData(Strengths + "a,0,input,t,.1\n", "model,family,layers,EMT,x\na,f,0,.1,1\n", "unknown column 'x'")]
    [InlineData(Strengths + "a,0,input,t,.1\n", "model,family,layers\na,f,0\n", "none of EMT")]
    [InlineData("", Behavior + "a,f,0,.1\n", "it is empty")]
    public void WhatCannotBeReadIsToldByLine(string strengths, string behavior, string told)
    {
        var error = Assert.Throws<InputException>(() => Of(strengths, behavior));
        Assert.Equal("interplay-table", error.Code);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFileHasTheColumnsPromised()
    {
        using var stream = new MemoryStream();
        InterplayCsv.Write(Run(8, 3), stream);
        var lines = System.Text.Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        const string Promised = "at,scenario,attribute,metric,statistic,r,low,high,runs,families,family_low,family_high,p,holm,bh,";
        Assert.StartsWith(Promised, lines[0], StringComparison.Ordinal);
        Assert.All(lines[..^1], line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
        Assert.Contains(lines, line => line.StartsWith("relative:5/16,input,toxicity,EMT,spearman,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("layer:1,input,toxicity,EMT,pearson,", StringComparison.Ordinal));
    }

    private static InterplayFinding Mean(InterplayFindings found) => found.Rows.First(row => row.At == "mean");

    private static InterplayFindings Run(int runs, int families) =>
        Of(
            Strengths + string.Concat(
                from i in Enumerable.Range(0, runs)
                from layer in Enumerable.Range(0, 3)
                select $"m{i},{layer},input,toxicity,0.{(i * 37 + layer * 11) % 89}\n"),
            Behavior + string.Concat(Enumerable.Range(0, runs).Select(i => $"m{i},f{i % families},2,0.{(i * 53) % 97}\n")));

    private static InterplayFindings Of(string strengths, string behavior)
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (Path.Combine(folder.FullPath, "strengths.csv"), Path.Combine(folder.FullPath, "behavior.csv"));
        File.WriteAllText(first, strengths);
        File.WriteAllText(second, behavior);
        var options = new InterplayOptions { Resamples = 100, Permutations = 100 };
        return InterplayAnalysis.Of(InterplayTables.Read(first, second, options), options);
    }
}
