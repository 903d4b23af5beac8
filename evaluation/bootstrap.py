"""bootstrap."""

SAME_BITS = 1e-3  # losses nearer than this are a tie: that is rounding, not a better model


def win_points(right, bits, other_right, other_bits):
    """1 for each question that the one wins against the other, 0 where it loses, ½ for a tie: accuracy first, then bits where both have them."""
    import numpy as np

    fewer = np.where(
        bits < other_bits - SAME_BITS, 1, np.where(bits > other_bits + SAME_BITS, 0, 0.5)
    )
    return np.where(right == other_right, fewer, right)


def bootstrap(numerators, denominators, resamples: int, seed: int):
    """Σ numerator / Σ denominator of each row (row, question), as (row, 1 + resamples): of the questions as they are, then of each resample.

    A resample of n questions takes n of them with replacement: how often each is taken is a multinomial draw, and one matrix product
    makes the sums. The draws are the same for all rows, which is what pairs them.
    """
    import numpy as np

    count = numerators.shape[1]
    generator, chunk = (
        np.random.default_rng(seed),
        max(1, (1 << 22) // count),
    )  # 32 MB of draws at a time
    sizes = [min(chunk, resamples - start) for start in range(0, resamples, chunk)]
    with np.errstate(invalid="ignore"):  # 0 / 0 where a resample has no question that fits
        ratios = [numerators.sum(axis=1, keepdims=True) / denominators.sum(axis=1, keepdims=True)]
        for size in sizes:
            taken = generator.multinomial(count, np.full(count, 1 / count), size).T.astype(
                float
            )  # (question, resample)
            ratios.append(numerators @ taken / (denominators @ taken))
    return np.hstack(ratios)


def interval(ratios) -> list[float] | None:
    """[value, low, high]: the first of the ratios, and the 2.5th and 97.5th percentile of the others. None where there is no value."""
    import numpy as np

    if np.isnan(ratios[0]):
        return None
    resampled = ratios[1:][np.isfinite(ratios[1:])]
    return [
        rounded(number)
        for number in (
            ratios[0],
            *(np.percentile(resampled, [2.5, 97.5]) if len(resampled) else 2 * [ratios[0]]),
        )
    ]


def rounded(number: float) -> float | None:
    """To six digits after the point, so that the order of a sum does not show; None for NaN, which JSON does not know."""
    return round(float(number), 6) if number == number else None
