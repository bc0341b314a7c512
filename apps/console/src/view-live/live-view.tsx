import { count } from '../format/numbers.js';
import { tick } from '../live/live-store.js';
import { roomOf } from '../live/room.js';
import { Title } from '../shell/title.js';
import { Charts } from './charts.js';
import { Figures } from './figures.js';
import { Lanes } from './lanes.js';

export function LiveView() {
  const { waiting } = roomOf(tick.value);
  return (
    <div class="live wide">
      <Title text="Live" detail={waiting > 0 ? `${count(waiting)} waiting` : undefined} hidden />
      <Figures />
      <Lanes />
      <Charts />
    </div>
  );
}
