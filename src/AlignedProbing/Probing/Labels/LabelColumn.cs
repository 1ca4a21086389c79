namespace AlignedProbing.Probing.Labels;

/// <summary>What is to be predicted from the rows of a feature matrix.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Values">A label for each row; NaN (or an infinity) where it has none.</param>
/// <param name="LargestShare">
/// Where more than this share of the labels is one value, the column is missing: nearly nothing varies. 1 (the default) to ask only that labels are not all
/// equal.
/// </param>
public sealed record LabelColumn(string Name, IReadOnlyList<double> Values, double LargestShare = 1)
{
    /// <summary>
    /// Where labels are classes their names; <see cref="Values"/> are then numbers of classes, from 0. Null (the default) where labels are numbers.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; init; }
}
