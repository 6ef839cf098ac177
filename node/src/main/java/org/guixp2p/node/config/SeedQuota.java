// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * How much of the disk the NARs may take that are kept for others.
 *
 * @param most bytes
 * @param diskShare of what would be free if there were none of them; more than 0, at most 1
 */
public record SeedQuota(ByteSize most, double diskShare) {
    /** What it is unless somebody sets it. */
    public static final SeedQuota USUAL = new SeedQuota(new ByteSize(20L << 30), 0.1);

    public SeedQuota {
        if (!(diskShare > 0 && diskShare <= 1)) {
            throw new IllegalArgumentException("no share of a disk: " + diskShare);
        }
    }

    /**
     * What they may take together, in bytes.
     *
     * @param free what the disk has left
     * @param own what they take now
     */
    public long bytes(long free, long own) {
        long share = (long) (diskShare * ((double) free + own));
        return most.isUnlimited() ? share : Math.min(most.bytes(), share);
    }
}
