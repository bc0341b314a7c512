import type { EngineRequest } from '@frontier/batching';
import type { RequestRecord } from '@frontier/telemetry';
import { EndedRequests } from './ended-requests.js';
import { EngineWork } from './engine-work.js';
import { placesOf } from './places.js';
import { RequestLife } from './request-life.js';
import { UniqueIds } from './unique-ids.js';

/** Requests that are followed at once, a KiB each; more are not shown. The queue and batch of a model hold half as many by default. */
const MAX_OPEN = 1024;

/** Waiting requests of a model whose places are sent again when the queue has moved: more than a page shows. */
const SHOWN_PLACES = 24;

/** The requests for models that have not ended, and those that ended last. */
export class LifeStore {
  readonly ended = new EndedRequests();
  private readonly open = new Map<RequestRecord, RequestLife>();
  private readonly works = new Map<string, EngineWork>();
  private readonly byGeneration = new WeakMap<object, EngineWork>();
  private readonly ids = new UniqueIds();
  /** Models whose queue has moved. */
  private readonly moved = new Set<string>();
  private changes = 0;

  /** The number of the last change. */
  get version(): number {
    return this.changes;
  }

  /** Those that have not ended, in the order in which they came. */
  lives(): Iterable<RequestLife> {
    return this.open.values();
  }

  work(id: string): EngineWork | undefined {
    return this.works.get(id);
  }

  /** Follows a request from now on. @returns `undefined` for one that has ended, and where there are too many */
  begin(record: RequestRecord): RequestLife | undefined {
    let life = this.open.get(record);
    if (life || record.status !== 0 || this.open.size >= MAX_OPEN) return life;
    life = this.newLife(record);
    this.open.set(record, life);
    this.touch(life);
    return life;
  }

  has(record: RequestRecord): boolean {
    return this.open.has(record);
  }

  /** An engine's queue has taken a part of a request; `undefined`: of none that is followed. */
  addWork(record: RequestRecord | undefined, { generation, ...request }: EngineRequest): void {
    const work = new EngineWork(request);
    this.byGeneration.set(generation, work);
    const life = record && this.open.get(record);
    if (!life) return;
    this.works.set(request.id, work);
    life.add(work);
    this.touch(life);
  }

  /** A request reads the answer of another one. */
  share(life: RequestLife, generation: object): void {
    const work = this.byGeneration.get(generation);
    if (!work || work.lives.includes(life)) return;
    life.leader = work.lives[0]?.ids;
    if (work.phase) this.works.set(work.request.id, work);
    life.add(work);
    this.touch(life);
  }

  /** The phase of a work may have changed. */
  follow(work: EngineWork, agoMs = 0): void {
    for (const life of work.lives) {
      life.follow(life.elapsedMs - agoMs);
      this.touch(life);
    }
    if (!work.phase) this.works.delete(work.request.id);
  }

  touch(life: Pick<RequestLife, 'version'>): void {
    life.version = ++this.changes;
  }

  /** A request has ended; it is kept for a while. */
  end(record: RequestRecord): void {
    const life = this.open.get(record) ?? this.newLife(record);
    this.open.delete(record);
    for (const work of life.works) {
      work.lives.splice(work.lives.indexOf(life), 1);
      if (work.lives.length === 0) this.works.delete(work.request.id);
    }
    life.complete();
    const { ids, client, leader } = life;
    const { kept, dropped } = this.ended.add({ ids, client, leader, text: JSON.stringify(life.toRequest()) });
    life.end(kept);
    this.touch(life);
    if (dropped) this.ids.release(dropped.ids);
  }

  /** The places of all requests that wait. */
  places(): Map<RequestLife, number> {
    // Those that wait for their model to be loaded have none.
    const waiting = [...this.open.values()].filter(({ isWaiting, works }) => isWaiting && works.length > 0);
    const byModel = Map.groupBy(waiting, ({ model }) => model);
    return new Map([...byModel.values()].flatMap((lives) => [...placesOf(lives)]));
  }

  /** Those that wait for a model have moved up. */
  noteMove(model: string): void {
    this.moved.add(model);
  }

  /** Notes the new places of the first that wait, since the last call. */
  touchMoved(): void {
    for (const model of this.moved) {
      let shown = 0;
      for (const life of this.open.values()) {
        if (shown === SHOWN_PLACES) break;
        if (!life.isWaiting || life.model !== model) continue;
        this.touch(life);
        shown++;
      }
    }
    this.moved.clear();
  }

  private newLife(record: RequestRecord): RequestLife {
    return new RequestLife(this.ids.take(record.requestId, record.client), record);
  }
}
