"""Weights of the models of families.py and encoders.py, bit for bit as test/support/golden-tensors.ts computes them."""

import math

import numpy as np


def hash_of(name):
    """FNV-1a of the name's bytes."""
    state = 2166136261
    for byte in name.encode():
        state = ((state ^ byte) * 16777619) & 0xFFFFFFFF
    return state


def noise(name, count):
    """Numbers of [-0.5, 0.5) in steps of 2^-24: the finaliser of MurmurHash3 over hash + index * the golden ratio."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(hash_of(name))
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)


def tensor(name, shape):
    """Weights of norms are around one, biases around zero, rows of matrices have the variance 1 / columns."""
    values = noise(name, math.prod(shape))
    if len(shape) > 1:
        values = values * np.float32(math.sqrt(12 / shape[-1]))
    elif name.lower().endswith(("norm.weight", "norm.gamma")):
        values = values + np.float32(1)
    return values.reshape(shape)
