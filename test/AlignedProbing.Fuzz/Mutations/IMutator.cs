namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Changes files of a kind so that they stay nearly what they were.</summary>
public interface IMutator
{
    /// <summary>A changed copy.</summary>
    byte[] Change(byte[] file, Random random);
}
