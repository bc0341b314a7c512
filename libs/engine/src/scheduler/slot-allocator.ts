/** Numbers the slots of sequences, the freed ones first. */
export class SlotAllocator {
  private readonly freed: number[] = [];
  private count = 0;

  /** Slots in use. */
  get used(): number {
    return this.count - this.freed.length;
  }

  allocate(): number {
    return this.freed.pop() ?? this.count++;
  }

  free(slot: number): void {
    this.freed.push(slot);
  }
}
