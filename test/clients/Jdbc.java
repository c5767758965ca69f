/*
 * A segmentation through JDBC: made, refreshed, and every relation and report
 * read, by plain and by prepared statements.  Arguments: the URL.  Prints what
 * test/t/055_clients.pl expects, and fails where a value does not arrive as what
 * it is.
 */
import java.sql.*;
import java.util.*;

public class Jdbc
{
	static final Map<String, Class<?>> JAVA_TYPE = Map.of("int4", Integer.class, "int8", Long.class,
		"float8", Double.class, "numeric", java.math.BigDecimal.class, "text", String.class, "name", String.class,
		"date", java.sql.Date.class, "timestamptz", Timestamp.class, "bool", Boolean.class);

	public static void main(String[] args) throws Exception
	{
		try (Connection connection = DriverManager.getConnection(args[0]);
			 Statement statement = connection.createStatement())
		{
			statement.execute("SELECT tcs.create_segmentation('jdbc', 'shopper', 'customer', 's')");
			connection.setAutoCommit(false);
			statement.execute("UPDATE orders SET amount = amount + 200 WHERE customer = 1");
			try (PreparedStatement refresh = connection.prepareStatement("SELECT customers, moved FROM tcs.refresh_segmentation(?::regclass)"))
			{
				refresh.setString(1, "jdbc");
				try (ResultSet result = refresh.executeQuery())
				{
					result.next();
					System.out.println("refresh " + result.getLong(1) + " " + result.getLong("moved"));
				}
			}
			connection.commit();

			/* after the fifth time the driver prepares on the server and reads binary values */
			for (int i = 0; i < 8; i++)
				for (String query : args[1].split(";"))
					read(connection, query, i == 7);
			connection.commit();
			try (PreparedStatement at = connection.prepareStatement("SELECT tcs.segment_at('jdbc', ?, ?)"))
			{
				at.setObject(1, java.time.OffsetDateTime.now().plusMinutes(1));
				at.setInt(2, 1);
				try (ResultSet result = at.executeQuery())
				{
					result.next();
					System.out.println("at " + result.getString(1).equals("groß, \"€\""));
				}
			}
			try (PreparedStatement keys = connection.prepareStatement("SELECT customers FROM tcs.refresh_segmentation('jdbc', ?)"))
			{
				keys.setArray(1, connection.createArrayOf("integer", new Integer[] {1, 2, 2}));
				try (ResultSet result = keys.executeQuery())
				{
					result.next();
					System.out.println("keys " + result.getLong(1));
				}
			}
			connection.commit();
			statement.execute("SELECT tcs.drop_segmentation('jdbc')");
			connection.commit();
		}
	}

	static void read(Connection connection, String query, boolean print) throws Exception
	{
		long rows = 0;
		try (PreparedStatement statement = connection.prepareStatement(query.replace("$into", "jdbc"));
			 ResultSet result = statement.executeQuery())
		{
			ResultSetMetaData columns = result.getMetaData();
			while (result.next())
			{
				rows++;
				for (int i = 1; i <= columns.getColumnCount(); i++)
				{
					Class<?> expected = JAVA_TYPE.get(columns.getColumnTypeName(i));
					Object value = result.getObject(i);
					if (value != null && expected != null && !expected.isInstance(value))
						throw new Exception(query + ": " + columns.getColumnName(i) + " is a " + value.getClass());
				}
			}
		}
		if (print)
			System.out.println("rows " + rows);
	}
}
